#!/usr/bin/env bash
# Runs the firmware on an emulated ATmega2560: `avr.sh image`. The guest cannot end the emulator,
# so the last line alone says how it went, and this script ends it.
set -euo pipefail
coproc qemu { exec qemu-system-avr -M mega2560 -display none -monitor none -serial stdio -icount shift=7 -bios "$1"; }
status=1
while IFS= read -r line; do
    line=${line%$'\r'}
    printf '%s\n' "$line"
    case $line in
        PASS) status=0; break ;;
        FAIL) break ;;
    esac
done <&"${qemu[0]}"
kill "$qemu_PID" 2>/dev/null || true
exit "$status"
