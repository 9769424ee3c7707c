/// What is so on a machine, as far as it says whether a site can be served there: gathered in one place, judged in another.
struct MachineFacts {
    /// The configuration.
    var configuration = Configuration.none
    /// How many files may be open: the limit that can be raised to, since Martlet raises it.
    var openFiles = 1_048_576
    /// net.core.somaxconn; nil where it cannot be read.
    var acceptQueue: Int? = 4096
    var addresses: [Address] = []
    /// net.ipv4.ip_unprivileged_port_start.
    var lowestFreePort = 1024
    /// Whether this process may listen at the ports below: root, or CAP_NET_BIND_SERVICE.
    var mayListenLow = false
    var clock = Clock()
    var pythons: [Python] = []
    var files: [NamedFile] = []
    var kernel = Kernel()
    var memory = Memory()
    var randomness = Randomness()
    /// The variables that say which characters there are.
    var locale: [String: String] = [:]
    var temporary = Temporary()

    enum Configuration: Equatable {
        /// There is no file.
        case none
        case right(String)
        /// The file, and the first thing that is wrong in it.
        case wrong(String, String)
    }

    struct Address: Equatable {
        enum State: Equatable {
            case free
            /// A server of the same file has it.
            case own
            /// The process that has it, where it can be seen.
            case inUse(by: String?)
            case impossible(String)
        }

        let text: String
        /// nil for a Unix socket.
        var port: Int?
        var state = State.free
    }

    struct Clock {
        var year = 2026
        /// Whether it is kept right; nil where that cannot be known.
        var isSynchronized: Bool? = true
        /// Whether the one that measures time goes forward.
        var advances = true
    }

    struct Python {
        enum State: Equatable {
            /// The program, why this one, and whether it is that of a virtual environment.
            case found(version: String, path: String, reason: String, isEnvironment: Bool)
            /// Why none can be used: a sentence that says what to do.
            case missing(String)
        }

        let application: String
        let state: State
        /// Why the library of the workers cannot be loaded into it; nil if it can.
        var libraryProblem: String?
    }

    /// A file or a folder that the configuration names.
    struct NamedFile {
        enum Use: Equatable {
            case read
            /// As ``read``, by nobody else.
            case readSecret
            case enter
            /// A folder that files are made in, or a file that is appended to.
            case write
        }

        /// `certificate`, `directory of /shop`.
        let purpose: String
        let path: String
        let use: Use
        let identity: Identity
        /// The folders that lead to it, and itself; nil where it is missing.
        var nodes: [Node]?
    }

    struct Node: Equatable {
        let path: String
        let mode: UInt32
        let owner: UInt32
        let group: UInt32
    }

    struct Identity: Equatable {
        let name: String
        let user: UInt32
        let groups: [UInt32]
    }

    struct Kernel {
        var version = "6.1.0"
        var hasReusePort = true
        var hasMemoryFiles = true
        var hasProcessDescriptors = true
    }

    struct Memory {
        /// Of the control group, in bytes; nil for none.
        var limit: Int?
        /// What the machine has left.
        var available: Int? = 8 << 30
        /// Of all Python applications.
        var workers = 0
    }

    struct Randomness {
        var isReady = true
        /// The certificates of authorities that this machine trusts.
        var authorities: String? = "/etc/ssl/certs/ca-certificates.crt"
    }

    struct Temporary {
        var folder = "/tmp"
        var problem: String?
        var free: Int? = 8 << 30
        /// Whether it is in memory.
        var isMemory = false
    }
}
