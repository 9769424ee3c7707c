import Logging
import MartletGateway
import MartletServer
import MartletWSGI

/// What one server serves, and how: what `martlet run` makes of its flags, and `martlet serve` of a file.
struct SiteConfiguration: Sendable {
    /// None where nothing was said: then it is the default, or the sockets that the service manager has opened.
    var addresses: [BindAddress] = []
    var socketMode = Settings.socketMode.defaultValue
    var socketOwner: SocketOwner?
    var accessLog = Settings.accessLog.defaultValue
    var accessLogFormat = Settings.accessLogFormat.defaultValue
    var trustedProxies = Settings.trustedProxies.defaultValue
    var forwardedFields = Settings.forwardedFields.defaultValue
    var grace = Settings.grace.defaultValue
    var logLevel = Settings.logLevel.defaultValue
    var limits = Limits()
    var applications: [SiteApplication] = []

    /// - Parameter inherited: sockets that the service manager has opened.
    func server(_ inherited: [InheritedSocket]) -> ServerConfiguration {
        var configuration = ServerConfiguration()
        configuration.inheritedSockets = inherited
        configuration.addresses = addresses.isEmpty && inherited.isEmpty ? [Settings.bind.defaultValue] : addresses
        configuration.socketPermissions = SocketPermissions(
            mode: socketMode,
            owner: socketOwner?.user,
            group: socketOwner?.group
        )
        configuration.accessLog = accessLog
        configuration.accessLogFormat = accessLogFormat
        configuration.trustedProxies = trustedProxies
        configuration.forwardedFields = forwardedFields
        configuration.shutdownGrace = grace
        configuration.limits = limits
        configuration.keepsEventLoops = true
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
