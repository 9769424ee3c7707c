import Logging
import MartletGateway
import MartletServer
import MartletWSGI

/// What one server serves, and how: what `martlet run` makes of its flags, and `martlet serve` of a file.
struct SiteConfiguration: Sendable {
    var addresses = [Settings.bind.defaultValue]
    var accessLog = Settings.accessLog.defaultValue
    var accessLogFormat = Settings.accessLogFormat.defaultValue
    var trustedProxies = Settings.trustedProxies.defaultValue
    var logLevel = Settings.logLevel.defaultValue
    var limits = Limits()
    var applications: [SiteApplication] = []

    var server: ServerConfiguration {
        var configuration = ServerConfiguration()
        configuration.addresses = addresses
        configuration.accessLog = accessLog
        configuration.accessLogFormat = accessLogFormat
        configuration.trustedProxies = trustedProxies
        configuration.limits = limits
        return configuration
    }
}

/// One application of a site.
struct SiteApplication: Sendable {
    let path: MountPath
    var python: PythonConfiguration
    /// Where its table begins, and where its Python and its user are named: for messages.
    var place = TextPlace.start
    var pythonPlace = TextPlace.start
    var userPlace = TextPlace.start
}
