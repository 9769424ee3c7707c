internal import Glibc
internal import HTTPTypes
package import MartletGateway

/// A request body, or an answer that waits for its client, could not be stored.
package struct SpoolError: ResponseError, CustomStringConvertible {
    let folder: String
    let number: CInt

    package init(folder: String, number: CInt) {
        self.folder = folder
        self.number = number
    }

    private enum Cause {
        case noRoom, noDescriptors, other
    }

    private var cause: Cause {
        switch number {
        case ENOSPC, EDQUOT, EFBIG: .noRoom
        case EMFILE, ENFILE: .noDescriptors
        default: .other
        }
    }

    package var response: Response {
        switch cause {
        case .noRoom:
            .refusal(
                HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage"),
                "There is no room for the request's body."
            )
        case .noDescriptors:
            .refusal(.serviceUnavailable, "The server has too many files open.")
        case .other:
            .refusal(.internalServerError, "The request's body could not be stored.")
        }
    }

    package var description: String { sentence(about: "A request's body") }

    /// What happened, and what to do about it.
    package func sentence(about subject: String) -> String {
        let advice =
            switch cause {
            case .noRoom: "make room there, or set TMPDIR to a folder that has some"
            case .noDescriptors: "raise the limit on open files (ulimit -n)"
            case .other: "set TMPDIR to a folder that the server may write to"
            }
        return "\(subject) could not be stored in \(folder): \(String(cString: strerror(number))); \(advice)."
    }
}
