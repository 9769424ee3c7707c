import MartletBytes
import MartletGateway
import MartletHTTP1
import NIOCore

/// Restores a request as its client sent it, from what trusted proxies say.
extension LoopContext {
    struct ForwardedRequest {
        /// The connection as seen by this request.
        let info: ConnectionInfo
        /// The length of its mount path.
        var mountLength = 0
        /// The client's address as text, if it is not the connection's peer.
        var client: [UInt8]?
    }

    /// Applies the forwarding fields that are believed to the head, and removes the others.
    ///
    /// - Parameters:
    ///   - head: has such fields; nobody else holds it.
    ///   - info: the connection's own, or what a peer has said: then its client's fields are removed in silence.
    @inline(never)
    func applyForwarding(to head: RequestHead, of info: ConnectionInfo, isSaid: Bool = false) -> ForwardedRequest {
        head.fields.removeAll { ForwardingField.isImitated(by: head.slice($0.name)) }
        let peer = info.remoteAddress.flatMap(IPAddress.init).map { ForwardedResolver.Peer.address($0) } ?? .unix
        var lines: [ForwardedResolver.Line] = []
        var isMisspelled = false
        for field in head.fields {
            let name = head.slice(field.name)
            guard let first = name.first, ForwardingField.mayBegin(with: first), let known = ForwardingField(name: name)
            else { continue }
            if ForwardingField.hasUnderscore(name) {
                isMisspelled = true
            } else {
                lines.append(ForwardedResolver.Line(known, head.slice(field.value)))
            }
        }
        // No proxy uses underscores, and one that clears X-Forwarded-Host does not clear X_Forwarded_Host.
        if isMisspelled { head.removeForwarding { _, name in ForwardingField.hasUnderscore(name) } }
        switch forwarded.resolve(peer: peer, lines: lines) {
        case .untrusted:
            var name: String?
            head.removeForwarding { _, bytes in
                name = name ?? String(decoding: bytes.prefix(64), as: UTF8.self)
                return true
            }
            if let name, !isSaid { untrustedPeers.note(peer, field: name, logger: logger) }
            return ForwardedRequest(info: info)
        case .trusted(let said):
            if said.dropsForwarded {
                head.removeForwarding { field, _ in field == .forwarded }
            }
            return ForwardedRequest(
                info: connection(info, said, head),
                mountLength: said.prefix.map { head.addMount($0) } ?? 0,
                client: notes.isLogging ? said.client.map { Array("\($0.address)".utf8) } : nil
            )
        }
    }

    private func connection(_ info: ConnectionInfo, _ said: ForwardedFacts, _ head: RequestHead) -> ConnectionInfo {
        let isSecure = info.scheme == "https"
        let current = head.authority.map { Array(head.slice($0)) }
        let authority = ForwardedAuthority(said, current: current, isSecure: isSecure)
        if let authority, authority.text != current { head.setHost(authority.text) }
        guard said.client != nil || authority != nil || said.isSecure != nil else { return info }
        return ConnectionInfo(
            info,
            remoteAddress: said.client.flatMap {
                // Most proxies do not give the port; 0 means unknown.
                try? SocketAddress(ipAddress: "\($0.address)", port: $0.port ?? 0)
            },
            isSecure: said.isSecure ?? isSecure,
            server: authority.map { ($0.name, $0.port) }
        )
    }
}

extension RequestHead {
    /// Removes the forwarding fields that `isUnwanted` selects.
    fileprivate func removeForwarding(where isUnwanted: (ForwardingField, UnsafeRawBufferPointer) -> Bool) {
        fields.removeAll { field in
            let name = slice(field.name)
            return ForwardingField(name: name).map { isUnwanted($0, name) } ?? false
        }
    }

    /// Sets the Host field and the authority.
    fileprivate func setHost(_ text: [UInt8]) {
        guard let value = append(text) else { return }
        authority = value
        if let index = fields.firstIndex(where: { ASCIICase.equals(slice($0.name), "host") }) {
            fields[index].value = value
            return
        }
        if let name = append(Array("Host".utf8)) { fields.append(Field(name: name, value: value)) }
    }

    /// Puts a prefix before the path.
    ///
    /// - Returns: its length, or 0 if there is no room for it or no path.
    fileprivate func addMount(_ prefix: [UInt8]) -> Int {
        guard path.count > 0, let whole = append(prefix + slice(path)) else { return 0 }
        path = whole
        return prefix.count
    }
}
