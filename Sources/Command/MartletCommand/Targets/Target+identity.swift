import MartletCGIScripts
import MartletFiles
import MartletProxy
import MartletServer
import MartletSettings
import MartletWSGI

extension Target {
    /// What makes a target the same one: all of its settings.
    struct Identity: Hashable {
        private let texts: [String]

        init<Root: Configurable>(_ kind: String, _ root: Root, and more: [String] = []) {
            texts = [kind] + Root.settings.map { $0.text(in: root) } + more
        }

        /// Of one that is there once.
        init(_ name: String) { texts = [name] }

        /// With a length before each part, so that no two are the same.
        var text: String { texts.map { "\($0.utf8.count):\($0)" }.joined() }
    }
}

extension Route {
    /// A target goes on over a reload only at its place: its log lines name it.
    var identity: Target.Identity {
        switch target {
        case .wsgi(let python):
            let environment = python.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            return Target.Identity(name, python, and: environment)
        case .files(let files): return Target.Identity(name, files)
        case .cgi(let scripts):
            let environment = scripts.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            return Target.Identity(name, scripts, and: environment)
        case .redirect(let redirect): return Target.Identity(name, redirect)
        case .respond(let response): return Target.Identity(name, response)
        case .proxy(let proxy): return Target.Identity(name, proxy)
        case .swift(let swift):
            let environment = swift.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            return Target.Identity(name, swift, and: environment)
        case .own(let own): return Target.Identity(own.name)
        }
    }
}
