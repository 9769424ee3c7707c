import MartletGateway
import MartletServer
import MartletSettings

/// What one server serves, and how: a value. `martlet run` makes one of its flags and `martlet serve` of a file; another kind of file
/// is another reader that makes one.
struct Site: Sendable {
    /// How it listens, what it notes, and what one client may take.
    var server = ServerConfiguration.defaults
    var log = LogConfiguration.defaults
    /// What reloads it besides a signal.
    var touch = TouchConfiguration.defaults
    /// Those with names.
    var hosts: [Host] = []
    /// Answers to every other name.
    var defaultHost = Host()
    /// What runs beside its applications, in the order of the file.
    var commands: [SiteCommand] = []
    /// Of all hosts.
    var policies = PolicySettings()
    /// Where certificates are got from that are got by themselves.
    var acme = ACMESettings()
    /// Of a file: where its values come from.
    var origins: Origins?
    var secrets = Secrets()
    /// How people said it: messages speak of flags or of keys.
    var source = SettingSource.file
    /// Whether it encrypts with a certificate that is made for this machine.
    var needsDevelopmentCertificate = false

    var allHosts: [Host] { hosts + [defaultHost] }
    /// The routes of all hosts, in their order.
    var routes: [Route] { allHosts.flatMap(\.routes) }

    /// Those of the other routes of the same host.
    func paths(beside route: Route) -> [MountPath] {
        routes.filter { $0.host == route.host && $0.path != route.path }.map(\.path)
    }
}

/// What some names stand for: paths, of which the longest that fits a request is taken.
struct Host: Sendable {
    /// What people call it; nil for the one without names.
    var title: String?
    var names: [HostName] = []
    var routes: [Route] = []
    /// Of all its routes.
    var policies = PolicySettings()
    /// Nil where it encrypts as the one without names does.
    var tls: HostTLS?
    var place = TextPlace.start
}

/// A path, and what answers below it.
struct Route: Sendable {
    /// The title of its host.
    var host: String?
    let path: MountPath
    var target: Target
    var policies = PolicySettings()
    var places = RoutePlaces()

    /// `/shop`, or `example.com/shop`.
    var name: String { (host ?? "") + "\(path)" }
}

/// Where a route stands in a file: for messages.
struct RoutePlaces: Sendable {
    var table = TextPlace.start
    /// The keys that lead to its table.
    var path: [String] = []
    /// By the key of the setting.
    var settings: [String: TextPlace] = [:]
}
