import ArgumentParser
package import MartletServer

/// The flags that every program has which serves: `martlet run`, and an app that runs itself.
package struct ServerFlags: ParsableArguments {
    @OptionGroup(title: "Server") private var server: SettingFlags<ServerConfiguration>
    @OptionGroup(title: "Server") private var logging: SettingFlags<LogConfiguration>
    @OptionGroup(title: "TLS") private var encryption: SettingFlags<TLSSite>
    @OptionGroup(title: "Limits") private var limits: SettingFlags<Limits>

    package init() {}

    package var configuration: ServerConfiguration {
        var configuration = server.value
        configuration.limits = limits.value
        if hasCertificate { configuration.encrypt(with: encryption.value) }
        return configuration
    }

    package var log: LogConfiguration { logging.value }

    /// Whether they name a certificate.
    package var hasCertificate: Bool { encryption.value.certificate != nil }

    package func validate() throws {
        if encryption.changes.contains(where: { $0.name == TLSSite.clientMode }), !encryption.value.verifiesClients {
            throw ValidationError("--\(TLSSite.clientMode) \(TLSSite.missingAuthority)")
        }
        guard let missing = encryption.value.missing else { return }
        throw ValidationError("--\(missing) is missing: a certificate and its key are given together")
    }
}
