import Glibc
import HTTPTypes
import MartletCGI
import MartletFiles
import MartletFolders
import MartletGateway
import MartletProcesses

/// Why a script has not answered, or not to the end. Its description is what stands in the log behind the name of the script.
enum ScriptFailure: ResponseError, CustomStringConvertible, Equatable {
    case tooManyWait
    case waitedTooLong
    case noThread
    case notStarted(number: Int32, String)
    /// Neither wrote nor read for so long.
    case silent(Duration)
    /// It wrote something that is no answer.
    case malformed(CGIResponseFault, ExitStatus?)
    case killed(ExitStatus)
    case redirectsTooOften
    /// A local redirect where there is no site around it.
    case redirectsNowhere(String)
    case stopped

    var response: Response {
        switch self {
        case .tooManyWait, .waitedTooLong: .refusal(.serviceUnavailable, "Too many requests run scripts at the moment.")
        case .noThread, .stopped: .refusal(.serviceUnavailable, "The script could not be started.")
        case .notStarted(let number, _):
            FileError(number: number).isShortage || number == EAGAIN
                ? .refusal(.serviceUnavailable, "The script could not be started.")
                : .refusal(.badGateway, "The script could not be started.")
        case .silent: .refusal(.gatewayTimeout, "The script did not answer in time.")
        case .malformed, .killed, .redirectsTooOften, .redirectsNowhere:
            .refusal(.badGateway, "The script did not answer.")
        }
    }

    var description: String {
        switch self {
        case .tooManyWait: "is not run: too many requests wait for scripts to end (processes and queue)"
        case .waitedTooLong: "is not run: it waited too long for other scripts to end (processes)"
        case .noThread: "is not run: the system has no thread left"
        case .notStarted(_, let reason): "is not run: \(reason)"
        case .silent(let limit): "is ended: it neither wrote nor read for \(limit) (timeout)"
        case .malformed(let fault, let status):
            "\(fault)" + (status.flatMap { $0 == .exited(0) ? nil : "; it \($0)" } ?? "")
        case .killed(let status): "broke its answer off: it \(status)"
        case .redirectsTooOften: "redirects to a path whose answer is a redirect, again and again"
        case .redirectsNowhere(let path): "redirects to \(path), and there is no site around it"
        case .stopped: "is not run: the server stops"
        }
    }
}

/// An answer that breaks off behind its head.
struct BrokenScript: BrokenAnswer {
    let description: String
}
