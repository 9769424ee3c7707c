/// Kernel constants that the C library shows only to programs that ask for GNU extensions, as Swift's module does not.
enum LinuxFlags {
    /// O_PATH of asm-generic/fcntl.h, open(2): a descriptor that names a file and opens nothing.
    static let path: CInt = 0o10_000_000
    /// AT_EMPTY_PATH of linux/fcntl.h: the descriptor itself.
    static let emptyPath: CInt = 0x1000
}
