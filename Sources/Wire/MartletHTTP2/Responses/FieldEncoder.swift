import MartletBytes
import MartletGateway

/// Encodes fields in HPACK without the dynamic table, so that the result is the same for every connection
/// and can be kept (decision 14).
enum FieldEncoder {
    private static let secrets = ["set-cookie", "cookie", "authorization"]

    /// Adds a field: a literal that the client does not index (RFC 7541 section 6.2.2).
    static func append(_ name: some Collection<UInt8>, _ value: some Collection<UInt8>, to block: inout [UInt8]) {
        let name = name.map(ASCIICase.lowercased)
        let index = StaticTable.index(ofName: name)
        // Nobody on the way may put a secret into a table either (section 7.1.3).
        let pattern: UInt8 = secrets.contains { name.elementsEqual($0.utf8) } ? 0x10 : 0
        append(index, prefix: 4, pattern, to: &block)
        if index == 0 { append(text: name, to: &block) }
        append(text: value, to: &block)
    }

    /// Adds the end-to-end fields of a response, without those that the server writes itself.
    ///
    /// - Parameter unwanted: further names that are left out.
    static func append(_ headers: Headers, without unwanted: [StaticString] = [], to block: inout [UInt8]) {
        let role = FieldRole.aboutConnection.union(.contentLength)
        headers.forEachLine { name, line in
            guard FieldRole(name: name).isDisjoint(with: role),
                !unwanted.contains(where: { ASCIICase.equals(name, $0) })
            else { return }
            append(name, FieldSyntax.trimmed(line[(name.endIndex + 1)...].dropLast(2)), to: &block)
        }
    }

    static func append(status: Int, to block: inout [UInt8]) {
        if let index = StaticTable.index(ofStatus: status) { return block.append(0x80 | UInt8(index)) }
        append(":status".utf8, String(status).utf8, to: &block)
    }

    /// A text, in Huffman code if that is shorter.
    private static func append(text: some Collection<UInt8>, to block: inout [UInt8]) {
        let encoded = Huffman.encodedCount(text)
        if encoded < text.count {
            append(encoded, prefix: 7, 0x80, to: &block)
            Huffman.encode(text, to: &block)
        } else {
            append(text.count, prefix: 7, 0, to: &block)
            block.append(contentsOf: text)
        }
    }

    /// A number (RFC 7541 section 5.1).
    static func append(_ number: Int, prefix: Int, _ pattern: UInt8, to block: inout [UInt8]) {
        let mask = 1 &<< prefix &- 1
        guard number >= mask else { return block.append(pattern | UInt8(truncatingIfNeeded: number)) }
        block.append(pattern | UInt8(truncatingIfNeeded: mask))
        var rest = number &- mask
        while rest >= 128 {
            block.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest &>>= 7
        }
        block.append(UInt8(truncatingIfNeeded: rest))
    }
}
