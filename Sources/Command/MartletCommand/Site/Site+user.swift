import MartletCGIScripts
import MartletServer
import MartletWSGI

/// The user of a server that root has started is also that of its workers: nobody but root can choose another one.
extension Site {
    /// Gives it to the applications that name none.
    ///
    /// - Returns: those that name another one.
    mutating func shareUser() -> [Route] {
        guard let user = server.user else { return [] }
        var refused: [Route] = []
        func share(_ host: inout Host) {
            for index in host.routes.indices {
                if !host.routes[index].target.share(user) { refused.append(host.routes[index]) }
            }
        }
        for index in hosts.indices { share(&hosts[index]) }
        share(&defaultHost)
        return refused
    }

    /// What is wrong with a user that an application cannot have.
    static func userProblem(_ server: String) -> String {
        "the server goes on as user '\(server)', and only root can run an application as another one; "
            + "leave one of the two out"
    }
}

extension Target {
    /// - Returns: false where it names another one.
    fileprivate mutating func share(_ user: String) -> Bool {
        switch self {
        case .wsgi(var python):
            if python.user == nil { python.user = user }
            self = .wsgi(python)
            return python.user == user
        case .cgi(var scripts):
            if scripts.user == nil { scripts.user = user }
            self = .cgi(scripts)
            return scripts.user == user
        case .swift(var swift):
            if swift.user == nil { swift.user = user }
            self = .swift(swift)
            return swift.user == user
        case .own(var own):
            var isShared = true
            for index in own.parts.indices where !own.parts[index].target.share(user) { isShared = false }
            self = .own(own)
            return isShared
        case .files, .redirect, .respond, .proxy: return true
        }
    }
}
