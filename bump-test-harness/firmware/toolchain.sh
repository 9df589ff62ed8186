# Which compiler builds for which target; sourced by the scripts beside it.
#
# A target that rustup has installed (`rustup target add`) is used as it is. For all others, and
# for AVR, the standard library is built from source, with Debian's compiler, which has the sources
# (packages rustc-web, cargo-web, rust-web-src), and linked with the rust-lld of rustup's toolchain.
# With FROM_SOURCE, so is every target: figures that are compared are of one compiler.

sysroot=$(rustc --print sysroot)
targets=${FROM_SOURCE:-$sysroot/lib/rustlib}
rust_lld=$sysroot/lib/rustlib/$(rustc -vV | sed -n 's/^host: //p')/bin/rust-lld

# cargo_for TARGET PROFILE COMMAND ARGUMENT…: Cargo for a target without an operating system, for
# at most $limit seconds.
cargo_for() {
    local target=$1 profile=$2 command=$3
    shift 3
    local flags=(-q --locked --profile "$profile" --target "$target" "$@")
    if [ -d "$targets/$target/lib" ]; then
        timeout "${limit:-900}" cargo "$command" "${flags[@]}"
        return
    fi
    local linker=CARGO_TARGET_${target^^}_LINKER
    linker=${linker//-/_}
    (
        # Its own clippy is beside it, rustup's is found first.
        export RUSTC_BOOTSTRAP=1 RUSTC=/usr/bin/rustc PATH=/usr/bin:$PATH
        # AVR is linked by its C compiler, for the C runtime.
        [ "$target" = avr-none ] || export "$linker=$rust_lld"
        timeout "${limit:-900}" /usr/bin/cargo "$command" -Zbuild-std=core,alloc,compiler_builtins \
            -Zbuild-std-features=compiler-builtins-mem "${flags[@]}"
    )
}

# fast PACKAGE…: the arguments of `cargo_for` that have these packages at `opt-level = 3`. The standard library
# stays as it is, so that it is not built again; what it has of generic and inlined code is theirs.
fast() {
    printf -- '--config profile.release.package.%s.opt-level=3 ' "$@"
}
