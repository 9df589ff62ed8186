//! Cortex-M3 on the board `lm3s6965evb`: vectors, start-up code, the next stage, and the end.

use core::arch::{asm, global_asm};

global_asm!(
    r#"
    .syntax unified
    .section .init, "ax"
    .word stack_end
    .word reset
    .thumb_func
    reset:
        ldr r0, =bss_start
        ldr r1, =bss_end
        movs r2, #0
    1:  cmp r0, r1
        bhs 2f
        stmia r0!, {{r2}}
        b 1b
    2:  b boot
    .ltorg

    // The next stage: says how it found what it was told, on the serial port, and
    // ends the machine through semihosting.
    .section .rodata.next, "a"
    .balign 4
    .globl next_start
    .globl next_end
    next_start:
        .inst.n 0xa400          // adr r4, next_start + 4
        subs r4, r4, #4
        ldr r1, [r0]
        movw r2, #{magic}
        cmp r1, r2
        bne 3f
        ldr r1, [r0, #4]
        cmp r1, r4
        bne 3f
        ldr r1, [r0, #8]
        cmp r1, #0
        beq 3f
        ldr r0, 7f              // the serial port
        add r1, r4, #(8f - next_start)
    1:  ldrb r2, [r1], #1
        cbz r2, 4f
        strb r2, [r0]
        b 1b
    3:  movs r2, #2
    4:  ldr r1, 9f              // ADP_Stopped_ApplicationExit
        push {{r1, r2}}
        mov r1, sp
        movs r0, #0x20          // SYS_EXIT_EXTENDED
        bkpt #0xab
    5:  b 5b
    .balign 4
    7:  .word 0x4000c000
    9:  .word 0x20026
    8:  .asciz "PASS\n"
    .balign 4
    next_end:
    "#,
    magic = const super::MAGIC,
);

/// Makes code that was written visible to the machine.
pub fn synchronise() {
    // SAFETY: no operands.
    unsafe { asm!("dsb", "isb") };
}

/// The address to jump to: odd, as the code is Thumb.
pub fn code(at: *const u8) -> *const u8 {
    at.wrapping_add(1)
}

/// Ends the machine with status 1.
pub fn out_of_memory() -> ! {
    let reason: [u32; 2] = [0x20026, 1];
    // SAFETY: semihosting's SYS_EXIT_EXTENDED reads two words.
    unsafe { asm!("bkpt #0xab", in("r0") 0x20, in("r1") &reason, options(readonly)) };
    loop {
        core::hint::spin_loop();
    }
}
