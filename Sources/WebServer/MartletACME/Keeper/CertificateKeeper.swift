package import Logging
package import MartletGateway
package import NIOCore

/// All certificates of a server that are got by themselves.
package actor CertificateKeeper {
    /// What is wanted: a certificate for the names of a site.
    package struct Wish: Sendable, Hashable {
        package let names: [HostName]
        /// How they can be proved, the best first.
        package let methods: [ChallengeMethod]

        package init(names: [HostName], methods: [ChallengeMethod]) {
            self.names = names
            self.methods = methods
        }
    }

    private struct Key: Hashable {
        let configuration: ACMEConfiguration
        let wish: Wish
    }

    private struct Entry {
        let certificate: ManagedCertificate
        var task: Task<Void, Never>?
    }

    /// Answers for authorities.
    package nonisolated let proofs = HTTPProofs()
    private let user: any CertificateUser
    private let connector: @Sendable (ACMEConfiguration) -> any ACMEConnector
    private let clock: ACMEClock
    private let logger: Logger
    private var entries: [Key: Entry] = [:]
    /// In the order of the site.
    private var order: [Key] = []
    private var isEnding = false

    /// - Parameter loop: on which authorities are spoken to.
    package init(for user: any CertificateUser, userAgent: String, on loop: any EventLoop, logger: Logger) {
        self.init(for: user, clock: .system, logger: logger) { configuration in
            DirectoryConnector(authority: configuration.authority, userAgent: userAgent, loop: loop)
        }
    }

    init(
        for user: any CertificateUser,
        clock: ACMEClock,
        logger: Logger,
        connector: @escaping @Sendable (ACMEConfiguration) -> any ACMEConnector
    ) {
        self.user = user
        self.clock = clock
        self.logger = logger
        self.connector = connector
    }

    /// Has the server encrypt with what is on the disk, or with something that stands in. To be called before the server asks for
    /// certificates: it writes nothing, and asks nobody.
    ///
    /// - Parameter state: the folder for keys and certificates.
    package func prepare(_ wishes: [Wish], _ configuration: ACMEConfiguration, state: String) async {
        let folder = StateFolder("\(state)/acme/\(Self.name(of: configuration.directory))")
        proofs.look(in: folder.proofs)
        for key in wishes.map({ Key(configuration: configuration, wish: $0) }) where entries[key] == nil {
            let orderer = Orderer(
                configuration: configuration,
                folder: folder,
                connector: connector(configuration),
                proofs: proofs,
                user: user,
                clock: clock
            )
            let certificate = ManagedCertificate(key.wish.names, methods: key.wish.methods, orderer, logger)
            await certificate.prepare()
            entries[key] = Entry(certificate: certificate)
        }
    }

    /// Gets and renews these from now on, and no others. What has failed is tried again.
    package func keep(_ wishes: [Wish], _ configuration: ACMEConfiguration) async {
        guard !isEnding else { return }
        order = wishes.map { Key(configuration: configuration, wish: $0) }
        for (key, entry) in entries where !order.contains(key) {
            entry.task?.cancel()
            entries[key] = nil
        }
        for key in order {
            guard let certificate = entries[key]?.certificate else { continue }
            if entries[key]?.task == nil {
                entries[key]?.task = Task { await certificate.run() }
            } else {
                await certificate.tryAgain()
            }
        }
    }

    /// Ends what is under way, and returns when it has ended.
    package func end() async {
        isEnding = true
        let tasks = entries.values.compactMap(\.task)
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }

    /// Of all that are kept, in the order of the site.
    package var status: [CertificateStatus] {
        get async {
            var all: [CertificateStatus] = []
            for key in order {
                if let certificate = entries[key]?.certificate { all.append(await certificate.status) }
            }
            return all
        }
    }

    /// The name of a folder for what is of one authority: `acme-v02.api.letsencrypt.org-directory`.
    static func name(of directory: String) -> String {
        let bare = directory.hasPrefix("https://") ? directory.dropFirst(8) : directory[...]
        let text = String(bare.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "." || $0 == "_") ? $0 : "-" })
        let name = text.drop { $0 == "." || $0 == "-" }.prefix(120)
        return name.isEmpty ? "directory" : String(name)
    }
}
