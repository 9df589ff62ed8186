//! RV32 on QEMU's `virt` board: start-up code, the next stage, and the end.

use core::arch::{asm, global_asm};

global_asm!(
    r#"
    .section .init, "ax"
    .globl _start
    _start:
        la sp, stack_end
        la a0, bss_start
        la a1, bss_end
    1:  bgeu a0, a1, 2f
        sw zero, 0(a0)
        addi a0, a0, 4
        j 1b
    2:  j boot

    // The next stage: says how it found what it was told, on the serial port and to the test
    // device.
    .section .rodata.next, "a"
    .balign 4
    .globl next_start
    .globl next_end
    next_start:
        auipc t0, 0
        lui a1, 0x10000         // the serial port
        lui a2, 0x100           // the test device
        li t1, {magic}
        lw t2, 0(a0)
        bne t1, t2, 3f
        lw t2, 4(a0)
        bne t0, t2, 3f
        lw t2, 8(a0)
        beqz t2, 3f
        la a3, text
    1:  lbu t1, 0(a3)
        beqz t1, 2f
        sb t1, 0(a1)
        addi a3, a3, 1
        j 1b
    2:  li t1, 0x5555           // passed
        sw t1, 0(a2)
    3:  li t1, 0x23333          // failed, with status 2
        sw t1, 0(a2)
    4:  j 4b
    text:
        .asciz "PASS\n"
    .balign 4
    next_end:
    "#,
    magic = const super::MAGIC,
);

/// Makes code that was written visible to the machine.
pub fn synchronise() {
    // SAFETY: no operands.
    unsafe { asm!("fence.i") };
}

/// The address to jump to.
pub fn code(at: *const u8) -> *const u8 {
    at
}

/// Ends the machine with status 1.
pub fn out_of_memory() -> ! {
    let device = core::ptr::without_provenance_mut::<u32>(0x10_0000);
    // SAFETY: a register of the board.
    unsafe { device.write_volatile(0x1_3333) };
    loop {
        core::hint::spin_loop();
    }
}
