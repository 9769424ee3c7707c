import ArgumentParser
package import MartletServer

/// The flags that every program has which serves: `martlet run`, and an app that runs itself.
package struct ServerFlags: ParsableArguments {
    @OptionGroup(title: "Server") private var server: SettingFlags<ServerConfiguration>
    @OptionGroup(title: "Server") private var logging: SettingFlags<LogConfiguration>
    @OptionGroup(title: "Limits") private var limits: SettingFlags<Limits>

    package init() {}

    package var configuration: ServerConfiguration {
        var configuration = server.value
        configuration.limits = limits.value
        return configuration
    }

    package var log: LogConfiguration { logging.value }
}
