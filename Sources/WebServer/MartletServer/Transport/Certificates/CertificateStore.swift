import Logging
import MartletBytes
package import MartletGateway
import NIOSSL
import Synchronization

/// The certificates of a server: chosen by the name that a client asks for, and replaced while it serves.
///
/// The rules:
///
/// 1. The exact name goes before a wildcard, a wildcard before the default.
/// 2. A pair that is no good never takes the place of one that is in use: it is refused and logged, once.
/// 3. What has not changed stays, so that its clients can resume their sessions.
package final class CertificateStore: Sendable {
    struct Entry: Sendable {
        var settings: TLSSite
        /// Nil while there is no certificate.
        var site: SecureSite?
        /// The files of a pair that was refused.
        var refused: FileStamp?
    }

    struct Table: Sendable {
        var entries: [Entry] = []
        /// Indices of entries, by their names.
        var byName: [HostName: Int] = [:]
        /// That of every name that has no other.
        var general: Int?
        /// What is shown to those that ask for a name that there is not.
        var fallback: Int?
        /// By name: certificates that prove that the name is this server's (RFC 8737).
        var challenges: [String: NIOSSLContext] = [:]
        /// By the names of their site: certificates that were put in, for when its settings change.
        var given: [[HostName]: GivenPair] = [:]

        init(_ entries: [Entry] = []) {
            self.entries = entries
            for (index, entry) in entries.enumerated() {
                for name in entry.settings.names where byName[name] == nil { byName[name] = index }
            }
            general = entries.firstIndex { $0.settings.names.isEmpty }
            fallback = general ?? (entries.isEmpty ? nil : 0)
        }

        func index(of name: (some Collection<UInt8>)?) -> Int? {
            own(name) ?? fallback
        }

        /// Nil where no entry has the name.
        func own(_ name: (some Collection<UInt8>)?) -> Int? {
            guard let name, !byName.isEmpty else { return nil }
            if let own = byName[HostName(lookingFor: name)] { return own }
            guard let dot = name.firstIndex(of: UInt8(ascii: ".")) else { return nil }
            return byName[HostName(lookingFor: name[name.index(after: dot)...], isWildcard: true)]
        }
    }

    /// A certificate that no setting names.
    struct GivenPair: Sendable {
        let chain: [NIOSSLCertificate]
        let key: NIOSSLPrivateKey
    }

    enum Choice {
        case site(SecureSite)
        case challenge(NIOSSLContext)
        case none
    }

    let table = Mutex(Table())
    private let changes = Atomic<UInt64>(0)

    package init() {}

    /// Another one, after something has changed.
    var version: UInt64 { changes.load(ordering: .acquiring) }

    /// Every change of the entries leads through here.
    func change<Result>(_ body: (inout Table) -> Result) -> Result {
        defer { changes.wrappingAdd(1, ordering: .releasing) }
        return table.withLock { body(&$0) }
    }

    func choose(_ hello: ClientHello) -> Choice {
        table.withLock { table in
            if let name = hello.serverName, hello.protocols == [Self.challengeProtocol] {
                return table.challenges[name].map { .challenge($0) } ?? .none
            }
            return table.index(of: hello.serverName?.utf8).flatMap { table.entries[$0].site }.map { .site($0) } ?? .none
        }
    }

    /// What has a name, or would answer for it.
    ///
    /// - Parameter name: that of an authority.
    func entry(of name: UnsafeRawBufferPointer?) -> Entry? {
        table.withLock { table in table.index(of: name).map { table.entries[$0] } }
    }

    /// How a name encrypts by its own settings, or by those of every name; not by those that a handshake falls back to.
    func settings(of name: UnsafeRawBufferPointer?) -> TLSSite? {
        table.withLock { table in (table.own(name) ?? table.general).map { table.entries[$0].settings } }
    }
}

// MARK: - Certificates that are put in while the server runs

extension CertificateStore {
    /// RFC 8737 section 6.2.
    private static let challengeProtocol = "acme-tls/1"

    /// Takes a certificate into use for the site with these names, whose settings name no files; now, or when there is one.
    ///
    /// - Parameters:
    ///   - chain: in PEM, the site's own first.
    ///   - key: in PEM.
    /// - Throws: ``TLSFault``; then nothing has changed.
    package func use(chain: [UInt8], key: [UInt8], for names: [HostName]) throws(TLSFault) {
        let pair = GivenPair(chain: try Self.chain(chain), key: try Self.key(key))
        while true {
            let settings = table.withLock { $0.entries.first { $0.settings.names == names }?.settings }
            let site = try settings.map { (settings) throws(TLSFault) in try SecureSite(settings, pair, in: self) }
            let isTaken = change { table in
                let index = table.entries.firstIndex { $0.settings.names == names }
                // Other settings may have come meanwhile.
                guard index.map({ table.entries[$0].settings }) == settings else { return false }
                table.given[names] = pair
                if let index { table.entries[index].site = site }
                return true
            }
            if isTaken { return }
        }
    }

    /// Answers whoever proves by ALPN that a name is this server's; nil ends that.
    package func answerChallenge(for name: String, _ proof: (chain: [UInt8], key: [UInt8])?) throws(TLSFault) {
        var context: NIOSSLContext?
        if let proof {
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: try Self.chain(proof.chain).map { .certificate($0) },
                privateKey: .privateKey(try Self.key(proof.key))
            )
            configuration.applicationProtocols = [Self.challengeProtocol]
            do { context = try NIOSSLContext(configuration: configuration) } catch {
                throw TLSFault(
                    .certificate,
                    "the TLS library refuses the proof for \(name): \(LibraryWords.text("\(error)"))"
                )
            }
        }
        table.withLock { [context] in $0.challenges[name.lowercased()] = context }
    }

    private static func chain(_ bytes: [UInt8]) throws(TLSFault) -> [NIOSSLCertificate] {
        do { return try NIOSSLCertificate.fromPEMBytes(bytes) } catch {
            throw TLSFault(.certificate, "the certificate cannot be read: \(LibraryWords.text("\(error)"))")
        }
    }

    private static func key(_ bytes: [UInt8]) throws(TLSFault) -> NIOSSLPrivateKey {
        do { return try NIOSSLPrivateKey(bytes: bytes, format: .pem) } catch {
            throw TLSFault(.key, "the key cannot be read: \(LibraryWords.text("\(error)"))")
        }
    }
}
