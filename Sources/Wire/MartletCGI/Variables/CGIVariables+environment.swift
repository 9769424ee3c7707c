import MartletBytes

/// The variables of a process that a web server has started for one request (RFC 3875 section 4.1).
extension CGIVariables {
    /// Those variables of an environment that say something of a request, in SCGI's order.
    ///
    /// A body of which only the end will tell has the length -1: Apache passes a chunked one on without CONTENT_LENGTH.
    ///
    /// - Parameter environment: `NAME=value`, each name once.
    /// - Throws: ``Overflow``.
    package init(environment: [[UInt8]], limits: Limits = Limits()) throws(Overflow) {
        self.init(limits: limits)
        var length: ArraySlice<UInt8> = []
        var isChunked = false
        var others: [(name: ArraySlice<UInt8>, value: ArraySlice<UInt8>)] = []
        for entry in environment {
            guard let sign = entry.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let (name, value) = (entry[..<sign], entry[(sign + 1)...])
            if name.elementsEqual("CONTENT_LENGTH".utf8) {
                length = value
            } else if name.elementsEqual("HTTP_TRANSFER_ENCODING".utf8) {
                isChunked = ASCIICase.equals(value, "chunked")
            } else if Self.isOfRequest(name), !name.elementsEqual("SCGI".utf8) {
                others.append((name, value))
            }
        }
        try append(.contentLength, length.isEmpty && isChunked ? ArraySlice("-1".utf8) : length)
        try append(.scgi, "1".utf8)
        for (name, value) in others { try append(name, value) }
    }

    /// Whether a variable belongs to the request: what may have been chosen by a client.
    package static func isOfRequest(_ name: some Collection<UInt8>) -> Bool {
        if name.starts(with: "HTTP_".utf8) { return true }
        return Array(name).withUnsafeBytes { CGIName($0) != nil }
    }

    private mutating func append(_ name: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) throws(Overflow) {
        let result = name.withUnsafeBytes { name in
            value.withUnsafeBytes { value -> Result<Void, Overflow> in
                do throws(Overflow) { return .success(try append(name: name, value: value)) } catch {
                    return .failure(error)
                }
            }
        }
        try result.get()
    }
}
