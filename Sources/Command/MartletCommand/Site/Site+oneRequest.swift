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
                switch host.routes[index].target {
                case .wsgi(let python):
                    var python = python.forOneRequest()
                    if python.user == server.user { python.user = nil }
                    host.routes[index].target = .wsgi(python)
                case .cgi(var scripts):
                    if scripts.user == server.user { scripts.user = nil }
                    host.routes[index].target = .cgi(scripts)
                case .files, .redirect, .respond, .proxy: continue
                }
            }
        }
        for index in site.hosts.indices { adapt(&site.hosts[index]) }
        adapt(&site.defaultHost)
        return site
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
