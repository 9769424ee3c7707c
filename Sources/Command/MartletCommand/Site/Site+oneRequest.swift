import Logging
import MartletCGIScripts
import MartletServer
import MartletSettings
import MartletWSGI

extension Site {
    /// As a process serves it that was started for one request: it listens nowhere, encrypts nothing, and is who the web server
    /// says.
    func forOneRequest() -> Site {
        var site = self
        site.server = server.forOneRequest()
        // The web server has standard error in its own log, where a line for each request that says that all is well is no help.
        if site.log.level == .info { site.log.level = .notice }
        site.touch = .defaults
        site.commands = []
        site.acme = ACMESettings()
        func adapt(_ host: inout Host) {
            host.tls = nil
            for index in host.routes.indices {
                host.routes[index].target = host.routes[index].target.forOneRequest(of: server)
            }
        }
        for index in site.hosts.indices { adapt(&site.hosts[index]) }
        adapt(&site.defaultHost)
        return site
    }
}

extension Target {
    fileprivate func forOneRequest(of server: ServerConfiguration) -> Target {
        switch self {
        case .wsgi(let python):
            var python = python.forOneRequest()
            if python.user == server.user { python.user = nil }
            return .wsgi(python)
        case .cgi(var scripts):
            if scripts.user == server.user { scripts.user = nil }
            return .cgi(scripts)
        case .own(var own):
            for index in own.parts.indices {
                own.parts[index].target = own.parts[index].target.forOneRequest(of: server)
            }
            return .own(own)
        case .swift(var swift):
            if swift.user == server.user { swift.user = nil }
            swift.reloadsOnChange = false
            return .swift(swift)
        case .files, .redirect, .respond, .proxy: return self
        }
    }
}

extension PythonConfiguration {
    /// One thread in one process, which ends with its request.
    fileprivate func forOneRequest() -> PythonConfiguration {
        var configuration = self
        configuration.workers = 1
        configuration.minimumWorkers = nil
        configuration.threads = 1
        configuration.preload = false
        configuration.reloadsOnChange = false
        configuration.servesStaticFolders = false
        configuration.runsOnce = true
        return configuration
    }
}
