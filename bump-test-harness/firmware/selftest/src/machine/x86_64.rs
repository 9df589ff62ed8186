//! x86-64 without an operating system: entered in 32-bit mode through PVH, switched to long mode
//! here; serial console, end through ACPI or `isa-debug-exit`, interrupts from the local APIC's
//! timer.

use core::arch::{asm, global_asm};
use core::ptr;

global_asm!(
    r#"
    // QEMU looks for this note to start an ELF image: type 18, the physical 32-bit entry.
    .section .note.pvh, "a", @note
    .balign 4
    .long 4, 4, 18
    .asciz "Xen"
    .long pvh_start

    .bss
    .balign 4096
    pml4:           .skip 4096
    pdpt:           .skip 4096
    directories:    .skip 4 * 4096
    .skip 65536
    stack_top:
    .balign 8
    .global start_info
    start_info:     .skip 8

    .data
    .balign 8
    gdt:            .quad 0, 0x00af9b000000ffff, 0x00cf93000000ffff
    gdt_pointer:    .word 23
                    .long gdt

    .text
    .code32
    .global pvh_start
    pvh_start:
        movl $stack_top, %esp
        movl %ebx, start_info
        // The first 4 GiB onto themselves, in pages of 2 MiB; 7: present, writable, user.
        movl $(pdpt + 7), pml4
        movl $(directories + 0x0007), pdpt
        movl $(directories + 0x1007), pdpt + 8
        movl $(directories + 0x2007), pdpt + 16
        movl $(directories + 0x3007), pdpt + 24
        xorl %ecx, %ecx
    1:  movl %ecx, %eax
        shll $21, %eax
        orl $0x87, %eax
        movl %eax, directories(, %ecx, 8)
        incl %ecx
        cmpl $2048, %ecx
        jne 1b
        // Long mode: CR4.PAE, the tables, EFER.LME, CR0.PG and CR0.PE.
        movl $0x20, %eax
        movl %eax, %cr4
        movl $pml4, %eax
        movl %eax, %cr3
        movl $0xc0000080, %ecx
        rdmsr
        orl $0x100, %eax
        wrmsr
        movl $0x80000011, %eax
        movl %eax, %cr0
        lgdtl gdt_pointer
        ljmpl $8, $long_mode
    .code64
    long_mode:
        movl $16, %eax
        movl %eax, %ds
        movl %eax, %es
        movl %eax, %ss
        call start
        ud2

    // The timer's interrupt: the registers that the compiler may overwrite, around the handler.
    .global timer_entry
    timer_entry:
        pushq %rax
        pushq %rcx
        pushq %rdx
        pushq %rsi
        pushq %rdi
        pushq %r8
        pushq %r9
        pushq %r10
        pushq %r11
        call timer
        popq %r11
        popq %r10
        popq %r9
        popq %r8
        popq %rdi
        popq %rsi
        popq %rdx
        popq %rcx
        popq %rax
        iretq
    "#,
    options(att_syntax)
);

const SERIAL: u16 = 0x3f8;
const DEBUG_EXIT: u16 = 0xf4;
const POWER: u16 = 0x604;
const PIC_MASKS: [u16; 2] = [0x21, 0xa1];

/// The local APIC's registers, by byte offset.
const APIC: *mut u32 = ptr::without_provenance_mut(0xfee0_0000);
const END_OF_INTERRUPT: usize = 0xb0;
const SPURIOUS: usize = 0xf0;
const TIMER: usize = 0x320;
const INITIAL_COUNT: usize = 0x380;
const DIVIDE: usize = 0x3e0;

const VECTOR: usize = 32;

/// The APIC counts nanoseconds; one of our ticks is less than an instruction's 128.
const COUNTS_PER_TICK: u32 = 100;

fn out8(port: u16, value: u8) {
    // SAFETY: the ports above have no effect on memory.
    unsafe { asm!("out dx, al", in("dx") port, in("al") value, options(nomem, nostack)) }
}

fn out16(port: u16, value: u16) {
    // SAFETY: as above.
    unsafe { asm!("out dx, ax", in("dx") port, in("ax") value, options(nomem, nostack)) }
}

fn apic(register: usize, value: u32) {
    // SAFETY: a register of the APIC, which `pvh_start` has mapped.
    unsafe { APIC.byte_add(register).write_volatile(value) }
}

/// Bytes of the global heap.
pub const HEAP: usize = 256 * 1024;

/// Bytes that the linker script does not name.
pub const FIXED: usize = 16 << 20;

pub fn write(text: &str) {
    text.bytes().for_each(|byte| out8(SERIAL, byte));
}

pub fn exit(passed: bool) -> ! {
    if passed {
        out16(POWER, 0x2000);
    } else {
        out8(DEBUG_EXIT, 1);
    }
    loop {
        // SAFETY: waits for the machine to go off.
        unsafe { asm!("hlt", options(nomem, nostack)) }
    }
}

pub fn spare() -> (*mut u8, usize) {
    unsafe extern "C" {
        static mut spare_start: u8;
        static mut spare_end: u8;
    }
    let start = &raw mut spare_start;
    (start, (&raw mut spare_end).addr() - start.addr())
}

pub fn interrupt_after(ticks: u16) {
    apic(INITIAL_COUNT, u32::from(ticks) * COUNTS_PER_TICK);
}

#[unsafe(no_mangle)]
extern "C" fn timer() {
    crate::interrupt::fired();
    apic(END_OF_INTERRUPT, 0);
}

/// One gate of the interrupt table, of 16 bytes.
#[derive(Clone, Copy)]
#[repr(C)]
struct Gate {
    low: u16,
    selector: u16,
    kind: u16,
    middle: u16,
    high: u32,
    reserved: u32,
}

#[repr(C, packed)]
struct TablePointer {
    limit: u16,
    base: *const Gate,
}

fn enable_interrupts() {
    unsafe extern "C" {
        fn timer_entry();
    }
    const ABSENT: Gate = Gate {
        low: 0,
        selector: 0,
        kind: 0,
        middle: 0,
        high: 0,
        reserved: 0,
    };
    static mut TABLE: [Gate; VECTOR + 1] = [ABSENT; VECTOR + 1];

    let entry = (timer_entry as *const ()).addr();
    let gate = Gate {
        low: entry as u16,
        selector: 8,
        kind: 0x8e00, // Present, an interrupt gate.
        middle: (entry >> 16) as u16,
        high: (entry >> 32) as u32,
        reserved: 0,
    };
    let table = (&raw mut TABLE).cast::<Gate>();
    // SAFETY: the last element of the table, which nothing reads before `lidt`.
    unsafe { table.add(VECTOR).write(gate) };
    let pointer = TablePointer {
        limit: (size_of::<[Gate; VECTOR + 1]>() - 1) as u16,
        base: table,
    };
    // SAFETY: the table lives as long as the program.
    unsafe { asm!("lidt [{}]", in(reg) &raw const pointer, options(readonly, nostack)) };
    // Only the APIC interrupts: the two older controllers are masked.
    PIC_MASKS.into_iter().for_each(|port| out8(port, 0xff));
    apic(SPURIOUS, 0x1ff);
    apic(DIVIDE, 0b1011);
    apic(TIMER, VECTOR as u32);
    // SAFETY: the table has a gate for the one source.
    unsafe { asm!("sti", options(nostack)) };
}

#[unsafe(no_mangle)]
extern "C" fn start() -> ! {
    enable_interrupts();
    super::run()
}
