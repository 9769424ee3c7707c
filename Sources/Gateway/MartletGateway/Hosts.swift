internal import HTTPTypes
internal import MartletBytes

/// Several sites behind one server: each request goes to the one that has the name which the client addressed.
///
/// 1. A name goes before a wildcard, and a wildcard before the default.
/// 2. A request for a name that nobody has is answered with 421 (RFC 9110 section 15.5.20): it would be wrong to show
///    it the site of another name.
package struct Hosts: DirectApplication {
    private struct Entry: Sendable {
        let name: HostName
        let entryPoint: EntryPoint
    }

    /// By the hash of the name, a wildcard's by that of what stands behind the asterisk.
    private var entries: [UInt64: [Entry]] = [:]
    private let fallback: EntryPoint?

    /// - Parameter fallback: answers requests for every other name, and those without one.
    package init(_ hosts: [(names: [HostName], application: any Application)], fallback: (any Application)?) {
        self.fallback = fallback.map { EntryPoint($0) }
        for host in hosts {
            let entryPoint = EntryPoint(host.application)
            for name in host.names {
                entries[Self.hash(name.name), default: []].append(Entry(name: name, entryPoint: entryPoint))
            }
        }
    }

    package func respond(to request: Request) async throws -> Response { try await respondByBeginning(request) }

    package func begin(_ request: Request, for exchange: any Exchange) {
        guard let entryPoint = find(request) ?? fallback else { return exchange.complete(Self.unknown) }
        entryPoint.begin(request, for: exchange)
    }

    private func find(_ request: Request) -> EntryPoint? {
        guard let authority = request.head.authority else { return nil }
        return withExtendedLifetime(request.head) {
            let name = HostName.name(in: request.head.slice(authority))
            if let own = entry(name, behind: name[...], isWildcard: false) { return own }
            guard let dot = name.firstIndex(of: UInt8(ascii: ".")) else { return nil }
            return entry(name, behind: name[(dot + 1)...], isWildcard: true)
        }
    }

    private func entry(
        _ name: UnsafeRawBufferPointer,
        behind part: Slice<UnsafeRawBufferPointer>,
        isWildcard: Bool
    ) -> EntryPoint? {
        entries[Self.hash(part)]?
            .first { $0.name.isWildcard == isWildcard && $0.name.matches(name) }?
            .entryPoint
    }

    /// FNV-1a. Clients add nothing to the table, so they cannot make it slow.
    private static func hash(_ name: some Collection<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in name { hash = (hash ^ UInt64(ASCIICase.lowercased(byte))) &* 0x100_0000_01B3 }
        return hash
    }

    private static let unknown = Response.refusal(
        .misdirectedRequest,
        "This server has no site with that name."
    )
}
