import MartletGateway
import MartletServer
import MartletSettings
import MartletWSGI

/// What one server serves, and how: a value. `martlet run` makes one of its flags and `martlet serve` of a file; another kind of file
/// is another reader that makes one.
struct Site: Sendable {
    /// How it listens, what it notes, and what one client may take.
    var server = ServerConfiguration.defaults
    var log = LogConfiguration.defaults
    /// The host that answers to every name. Hosts with names of their own, and their certificates, have their place beside it.
    var defaultHost = Host()
    /// How people said it: messages speak of flags or of keys.
    var source = SettingSource.file

    /// The routes of all hosts.
    var routes: [Route] { defaultHost.routes }
}

/// What a name stands for: paths, of which the longest that fits a request is taken.
struct Host: Sendable {
    var routes: [Route] = []
}

/// A path, and what answers below it. What is done to requests before it and to responses behind it has its place here.
struct Route: Sendable {
    let path: MountPath
    var target: Target
    var places = RoutePlaces()
}

/// Where a route stands in a file: for messages.
struct RoutePlaces: Sendable {
    var table = TextPlace.start
    /// By the key of the setting.
    var settings: [String: TextPlace] = [:]
}

/// What answers the requests of a route.
enum Target: Sendable {
    /// A Python application.
    case wsgi(PythonConfiguration)

    /// What people call it: `hello:app`.
    var name: String {
        switch self {
        case .wsgi(let python): python.application
        }
    }

    /// Looks whether what it needs is there. Nothing is started.
    ///
    /// - Parameter isOneOfSeveral: whether the site has other targets.
    func prepare(isOneOfSeveral: Bool) throws(TargetProblem) -> any PreparedTarget {
        switch self {
        case .wsgi(let python): try PythonTarget(python, isOneOfSeveral: isOneOfSeveral)
        }
    }
}

/// Why a target cannot be served, and which setting would put it right.
struct TargetProblem: Error, CustomStringConvertible {
    let key: String
    let description: String
}
