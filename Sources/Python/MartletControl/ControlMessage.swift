/// What server and worker say to each other on the control socket: each case is a row of the table, and its letter comes first in the
/// message. Python has the same table in `control_table.py`, which the tests hold to this one.
///
/// A message is one packet (`SOCK_SEQPACKET`): the letter, then the texts of the fields with a zero byte between two of them. The
/// last field may hold anything, the others no zero byte. See ``ControlMessage/encode(_:)`` and ``ControlMessage/decode(_:from:)``.
package enum ControlMessage: Character, CaseIterable, Sendable {
    // To a worker.
    case order = "O"
    case fork = "K"
    case stop = "S"
    case allow = "M"
    case interrupt = "T"
    case writeStack = "D"
    // To the server.
    case forked = "P"
    case ready = "R"
    case failed = "F"
    case filesChanged = "C"
    case importing = "I"
    case wantsSuccessor = "N"
    case reachedLimit = "L"
    case debugged = "B"
    case staticFolder = "A"
    case mediaType = "Y"
    case keepsStatic = "E"

    package enum Sender: CaseIterable, Sendable {
        case server, worker

        /// The longest message in bytes. What the server says is an order and at most the line of one request, which
        /// ``RequestInFlight`` cuts; a worker sends tracebacks and stacks.
        package var limit: Int {
            switch self {
            case .server: 1024
            case .worker: 65_536
            }
        }
    }

    package struct Field: Equatable, Sendable {
        package enum Kind: Sendable { case number, text }

        package let name: String
        package let kind: Kind

        static func number(_ name: String) -> Field { Field(name: name, kind: .number) }
        static func text(_ name: String) -> Field { Field(name: name, kind: .text) }
    }

    package struct Row: Sendable {
        package let sender: Sender
        /// As Python names it.
        package let name: String
        package let fields: [Field]
        /// When it is sent, and what comes of it.
        package let meaning: String

        init(_ sender: Sender, _ name: String, _ fields: [Field], _ meaning: String) {
            self.sender = sender
            self.name = name
            self.fields = fields
            self.meaning = meaning
        }
    }

    /// Which request of a worker is meant: its thread, the slot, and how many times the slot has been used.
    private static let request: [Field] = [.number("thread"), .number("slot"), .number("use")]

    package var row: Row {
        switch self {
        case .order:
            Row(
                .server,
                "order",
                [.number("place"), .number("requests")],
                "The first, with the descriptors, in as many parts as they need. Serve from this record of the shared memory, and "
                    + "take so many requests: 0 for any number, -1 for none until `allow` comes."
            )
        case .fork:
            Row(.server, "fork", [], "To a preload process: fork a worker, whose control socket comes with this.")
        case .stop: Row(.server, "stop", [], "End after the requests that are being worked on.")
        case .allow:
            Row(
                .server,
                "allow",
                [.number("requests")],
                "Take so many requests from now on, 0 for any number."
            )
        case .interrupt:
            Row(.server, "interrupt", Self.request, "Raise RequestTimeout in the thread, if it is still at it.")
        case .writeStack:
            Row(
                .server,
                "write_stack",
                Self.request + [.number("seconds"), .text("id"), .text("line")],
                "Write the Python stack of a slow request to the log, and how long it has taken."
            )
        case .forked: Row(.worker, "forked", [], "The first of a forked worker, whose process id the kernel says.")
        case .ready:
            Row(.worker, "ready", [], "The application has been imported. Said before the first request is taken.")
        case .failed:
            Row(
                .worker,
                "failed",
                [.text("advice"), .text("traceback")],
                "The application cannot be imported: what to do, and Python's own words. Settings stand in braces."
            )
        case .filesChanged: Row(.worker, "files_changed", [], "A source file is not what it was (`--reload`).")
        case .importing:
            Row(
                .worker,
                "importing",
                [.number("seconds"), .text("stack")],
                "The import has taken so long, and stands here; sent every ten seconds."
            )
        case .wantsSuccessor:
            Row(.worker, "wants_successor", [], "The limit on requests is near: start the next worker.")
        case .reachedLimit: Row(.worker, "reached_limit", [], "No more requests are taken.")
        case .debugged: Row(.worker, "debugged", [], "A debugger has stopped a request: no time limit may end it.")
        case .staticFolder:
            Row(
                .worker,
                "static_folder",
                [
                    .text("prefix"), .number("from_root"), .number("has_view"), .number("max_age"), .text("folder"),
                ],
                "Before `ready`: the application has this folder of files, below this path of its own or of the site (`from_root`). "
                    + "Where it answers with them itself (`has_view`), it does so in the usual way. `max_age` in seconds."
            )
        case .mediaType:
            Row(
                .worker,
                "media_type",
                [.text("suffix"), .text("type")],
                "Before `ready`: the application has said so of files whose name ends with a dot and this."
            )
        case .keepsStatic:
            Row(
                .worker,
                "keeps_static",
                [.text("reason")],
                "Before `ready`: why not all of the application's folders can be told for certain."
            )
        }
    }
}
