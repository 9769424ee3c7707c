import MartletBytes
package import MartletGateway

extension BodyDecoder {
    /// The fields that followed the body of a request, without those that belong into a head (RFC 9110 section 6.5.1), and those by
    /// which proxies speak of clients: who gets them may merge them into the head. Nil where none is left.
    package var requestTrailer: Headers? {
        guard var fields = trailer else { return nil }
        fields.remove { name in
            !FieldRole(name: name).isEmpty || Self.ofHeads.contains { ASCIICase.equals(name, $0) }
                || name.withUnsafeBytes { ForwardingField(name: $0) != nil || ForwardingField.isImitated(by: $0) }
        }
        return fields.block.isEmpty ? nil : fields
    }

    /// Routing, modifiers of requests, authentication and the format of the content.
    private static let ofHeads: [StaticString] = [
        "host", "cookie", "expect", "priority", "content-type", "content-encoding", "content-range", "authorization",
        "max-forwards", "range", "if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range",
        "cache-control", "set-cookie",
    ]
}
