import MartletGateway

/// How large a request head may be.
package struct HeadLimits: Sendable, Equatable {
    /// The whole head in bytes, with its line ends. nginx: `large_client_header_buffers 4 8k`.
    package var headBytes: Int
    /// Field lines. Apache: `LimitRequestFields 100`.
    package var fields: Int
    /// The request target in bytes. nginx and Apache: about 8 KB for the request line.
    package var targetBytes: Int

    package init(headBytes: Int = 32_768, fields: Int = 100, targetBytes: Int = 8_192) {
        // The settings refuse larger values: the offset table of a head has 16 bits.
        self.headBytes = min(max(headBytes, 64), RequestHead.maximumSize)
        self.fields = max(fields, 1)
        self.targetBytes = max(targetBytes, 1)
    }

    /// The longest method that is accepted; the registered ones have at most 17 letters.
    package static let methodBytes = 32

    /// The longest request line: method, space, target, space, `HTTP/1.1`, CR LF.
    var requestLineBytes: Int { Self.methodBytes &+ targetBytes &+ 12 }
}
