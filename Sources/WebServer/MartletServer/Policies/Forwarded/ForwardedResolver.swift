import MartletBytes
package import MartletGateway
package import MartletHTTP1

/// Decides what to believe of the fields by which proxies describe their clients.
///
/// The rules:
///
/// 1. An untrusted peer is the client; what it says about another client is removed.
/// 2. A trusted peer is believed for one hop: the last element of `X-Forwarded-For`, or of `Forwarded`, is the peer
///    that connected to it. If that is a trusted proxy too, the element before is believed, and so on. The first one
///    that is not trusted is the client; if all are trusted, it is the outermost one.
/// 3. An element that holds no address (`unknown`, `_hidden`, garbage) ends the walk: the client is the last hop that
///    is known.
/// 4. Scheme, host, port and prefix are taken from the hop that named the client. Proxies that set one value instead of
///    appending to a list leave fewer elements than hops: then the outermost element counts.
/// 5. `X-Forwarded-For`, `-Proto`, `-Host` and `-Port` come before `Forwarded`, which few proxies set and most pass on
///    as the client sent it; if one of them is present, it is removed. `X-Forwarded-Prefix` has no counterpart in it
///    and is used with both.
/// 6. A malformed value counts as absent.
/// 7. A trusted peer is believed only in the fields that ``ForwardedFields`` names. A proxy passes on what it does not
///    set, so the others are whatever the client sent.
/// 8. `X-Forwarded-Protocol` and `X-Forwarded-Ssl` give the scheme if `X-Forwarded-Proto` does not.
package struct ForwardedResolver: Sendable {
    /// The other end of the connection.
    package enum Peer: Sendable, Hashable {
        case address(IPAddress)
        case unix
    }

    package struct Line: Sendable {
        package let field: ForwardingField
        package let value: [UInt8]

        package init(_ field: ForwardingField, _ value: some Sequence<UInt8>) {
            self.field = field
            self.value = Array(value)
        }
    }

    package enum Outcome: Sendable, Equatable {
        /// All of the fields are removed.
        case untrusted
        case trusted(ForwardedFacts)
    }

    private let networks: [IPNetwork]
    private let trustsUnixSockets: Bool
    private let fields: ForwardedFields

    package init(trusted: [TrustedProxy], fields: ForwardedFields = .defaults) {
        self.fields = fields
        networks = trusted.compactMap { if case .network(let network) = $0 { network } else { nil } }
        trustsUnixSockets = trusted.contains(.unix)
    }

    package func trusts(_ peer: Peer) -> Bool {
        switch peer {
        case .unix: trustsUnixSockets
        case .address(let address): trusts(address)
        }
    }

    private func trusts(_ address: IPAddress) -> Bool { networks.contains { $0.contains(address) } }

    /// - Parameter lines: the lines of these fields, in the order they came.
    package func resolve(peer: Peer, lines: [Line]) -> Outcome {
        guard trusts(peer) else { return .untrusted }
        var facts: ForwardedFacts
        if lines.contains(where: { tells($0.field) }) {
            facts = believed(lines)
            facts.dropsForwarded = lines.contains { $0.field == .forwarded }
        } else {
            facts = believed(ForwardedElements(lines: Self.values(.forwarded, lines)))
        }
        if fields.contains(.prefix) {
            let prefixes = Self.elements(.prefix, lines)
            facts.prefix = Self.outermost(prefixes, within: facts.hops).flatMap(ForwardedFacts.cleanPrefix)
        }
        return .trusted(facts)
    }

    /// Whether a field has a counterpart in `Forwarded`, and is believed.
    private func tells(_ field: ForwardingField) -> Bool {
        switch field {
        case .client: fields.contains(.client)
        case .scheme, .protocolName, .ssl: fields.contains(.scheme)
        case .host: fields.contains(.host)
        case .port: fields.contains(.port)
        case .forwarded, .prefix, .other: false
        }
    }

    // MARK: - X-Forwarded-*

    private func believed(_ lines: [Line]) -> ForwardedFacts {
        var facts = ForwardedFacts()
        for element in Self.elements(.client, lines).reversed() {
            if !take(element, &facts) { break }
        }
        func value(_ field: ForwardingField) -> ArraySlice<UInt8>? {
            tells(field) ? Self.outermost(Self.elements(field, lines), within: facts.hops) : nil
        }
        facts.isSecure =
            value(.scheme).flatMap(ForwardedFacts.isSecure) ?? value(.protocolName).flatMap(ForwardedFacts.isSecure)
            ?? value(.ssl).flatMap(ForwardedFacts.isOn)
        facts.host = value(.host).flatMap(ForwardedFacts.validHost)
        facts.port = value(.port).flatMap(ForwardedFacts.port)
        return facts
    }

    private static func values(_ field: ForwardingField, _ lines: [Line]) -> [[UInt8]] {
        lines.lazy.filter { $0.field == field }.map(\.value)
    }

    /// The elements of a list over all its lines, without empty ones (RFC 9110 section 5.6.1).
    private static func elements(_ field: ForwardingField, _ lines: [Line]) -> [ArraySlice<UInt8>] {
        values(field, lines).flatMap { $0.split(separator: UInt8(ascii: ",")) }
            .map { FieldSyntax.trimmed($0) }.filter { !$0.isEmpty }
    }

    private static func outermost(_ elements: [ArraySlice<UInt8>], within hops: Int) -> ArraySlice<UInt8>? {
        elements.suffix(max(hops, 1)).first
    }

    // MARK: - Forwarded

    private func believed(_ elements: ForwardedElements) -> ForwardedFacts {
        var facts = ForwardedFacts()
        var elements = elements
        while let element = elements.next() {
            // A hop further out replaces what a nearer one has said.
            if fields.contains(.scheme) {
                facts.isSecure = element.scheme.flatMap { ForwardedFacts.isSecure($0[...]) } ?? facts.isSecure
            }
            if fields.contains(.host) {
                facts.host = element.host.flatMap { ForwardedFacts.validHost($0[...]) } ?? facts.host
            }
            guard let node = element.node, take(node[...], &facts) else { break }
        }
        return facts
    }

    // MARK: - The walk

    /// Moves one hop further out.
    ///
    /// - Returns: whether the next one may be believed too.
    private func take(_ element: ArraySlice<UInt8>, _ facts: inout ForwardedFacts) -> Bool {
        facts.hops += 1
        guard let node = ForwardedNode(element) else { return false }
        if fields.contains(.client) { facts.client = node }
        return trusts(node.address)
    }
}
