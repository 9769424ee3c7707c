internal import Glibc

/// A file that the system does not give.
package struct FileError: Error, CustomStringConvertible {
    package let number: CInt

    package init(number: CInt) { self.number = number }

    /// Whether the name stands for nothing that may be served, as opposed to a failure. A link that leaves the folder, one in
    /// a circle and a name that is too long are of this kind.
    package var isMissing: Bool {
        [ENOENT, ENOTDIR, ELOOP, EXDEV, ENAMETOOLONG, EINVAL, EACCES, EPERM, ENXIO, ENODEV].contains(number)
    }

    /// Whether an operator should hear of it: the file is there.
    package var isForbidden: Bool { number == EACCES || number == EPERM }

    package var isShortage: Bool { number == EMFILE || number == ENFILE || number == ENOMEM }

    package var description: String { String(cString: strerror(number)) }
}
