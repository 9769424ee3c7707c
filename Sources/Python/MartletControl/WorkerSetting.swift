/// What a worker is told on its command line, as NAME=VALUE words, which `ps` shows. Python has the same table in `control_table.py`,
/// which the tests hold to this one.
package enum WorkerSetting: String, CaseIterable, Sendable {
    case control
    case server
    case library
    case lanes
    case places
    case threads
    case directory
    case startTimeout = "start-timeout"
    case preload
    case reload
    case watch
    case terminal
    case staticFolders = "static"
    case jsonLog = "json-log"
    case once

    /// What stands behind the `=`; of a flag that is `yes`, and one that is not given is off.
    package enum Kind: Sendable { case number, seconds, text, flag }

    package var kind: Kind {
        switch self {
        case .control, .server, .lanes, .places, .threads: .number
        case .startTimeout: .seconds
        case .library, .directory: .text
        case .preload, .reload, .watch, .terminal, .staticFolders, .jsonLog, .once: .flag
        }
    }

    package var meaning: String {
        switch self {
        case .control: "the descriptor of the control socket"
        case .server: "the server's process id: the worker ends with it"
        case .library: "the path of libMartletWorker.so"
        case .lanes: "how many event loops there are"
        case .places: "how many worker records are in the shared memory"
        case .threads: "how many threads run the application"
        case .directory: "the application's folder"
        case .startTimeout: "how long the import may take, in seconds; not given, for ever"
        case .preload: "import the application and fork the workers"
        case .reload: "development: end soon, whatever still runs, and explain errors"
        case .watch: "tell when a source file changes"
        case .terminal: "standard input is a terminal where a debugger may be used"
        case .staticFolders: "tell of the application's static folders"
        case .jsonLog: "write records of the log as JSON"
        case .once: "there is one request, as of a CGI program"
        }
    }

    package func word(_ value: some CustomStringConvertible) -> String { "\(rawValue)=\(value)" }

    /// Of a flag.
    package var word: String { word("yes") }
}
