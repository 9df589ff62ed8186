#!/usr/bin/env bash
# Runs the firmware as the kernel of an emulated PC: `x86_64.sh image`. A pass switches the machine
# off (status 0), a failure leaves through isa-debug-exit with an odd status. A triple fault also
# ends with status 0, which is why the last line counts too.
exec qemu-system-x86_64 -M q35 -m 32M -display none -monitor none -serial stdio -no-reboot \
    -device isa-debug-exit,iobase=0xf4,iosize=4 -icount shift=7 -kernel "$1"
