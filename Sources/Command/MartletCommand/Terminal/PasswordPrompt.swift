import Glibc
import MartletBytes
import MartletPolicies

/// Asks for a password.
enum PasswordPrompt {
    /// More than any password: a wrong file should not be read.
    private static let longest = 4096

    /// One line of the standard input; from a terminal without showing it, and twice.
    ///
    /// - Throws: ``PolicyError`` where there is none, or two that are not the same.
    static func read() throws(PolicyError) -> [UInt8] {
        guard isatty(STDIN_FILENO) == 1 else { return try line() }
        let first = try ask("Password: ")
        guard try ask("Again: ") == first else { throw PolicyError("these are not the same; nothing was made") }
        return first
    }

    private static func ask(_ question: String) throws(PolicyError) -> [UInt8] {
        StandardError.write(question)
        var shown = termios()
        let isKnown = tcgetattr(STDIN_FILENO, &shown) == 0
        var hidden = shown
        hidden.c_lflag &= ~tcflag_t(ECHO)
        if isKnown { tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) }
        defer {
            if isKnown { tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown) }
            StandardError.write("\n")
        }
        return try line()
    }

    private static func line() throws(PolicyError) -> [UInt8] {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while true {
            let count = Glibc.read(STDIN_FILENO, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count == 1, byte != UInt8(ascii: "\n") else { break }
            bytes.append(byte)
            guard bytes.count <= longest else { throw PolicyError("the password is longer than \(longest) bytes") }
        }
        if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        return bytes
    }
}
