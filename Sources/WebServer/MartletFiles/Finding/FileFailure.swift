import HTTPTypes
import MartletFolders
import MartletGateway

/// Why a request for a file could not be answered.
struct FileFailure: Sendable, CustomStringConvertible {
    let path: String
    let error: FileError

    var isShortage: Bool { error.isShortage }

    var description: String { "The file \(path) cannot be served: \(error)." }

    var response: Response {
        .refusal(isShortage ? .serviceUnavailable : .internalServerError)
    }
}
