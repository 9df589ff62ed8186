#!/usr/bin/env bash
# Runs a guest on RV32IM that has no privileges: `guest.sh image`. Before that, each instruction of its
# image is looked at. It is not run if one has an opcode of the atomic instructions, of the fences, or of
# those that are for machine and supervisor (CSRs, traps and returns from them).
set -euo pipefail
code=$(mktemp)
trap 'rm -f "$code"' EXIT
objcopy -I elf32-little -O binary --only-section=.text "$1" "$code"
od -An -v -w4 -tu4 "$code" | awk '
    { opcode = $1 % 128; count++ }
    opcode == 19 { additions++ }
    opcode == 47 { print "an atomic instruction is in the image"; found = 1 }
    opcode == 15 { print "a fence is in the image"; found = 1 }
    opcode == 115 { print "a privileged instruction is in the image"; found = 1 }
    END { exit found || additions < count / 20 }'
qemu-system-riscv32 -M virt -bios none -cpu rv32,a=off,f=off,d=off,c=off -display none -monitor none \
    -serial stdio -kernel "$1"
