import MartletBytes
package import MartletGateway
package import MartletHTTP1
package import NIOCore

/// What the access log says about one exchange.
package struct AccessLogEntry {
    /// The address of the client, as told by trusted proxies.
    let client: [UInt8]
    /// Nil if the request could not be parsed.
    let head: RequestHead?
    /// What is known of the first line of a request that could not be parsed.
    let line: RequestLineText?
    let status: Int
    /// Bytes of the body that were sent.
    let bytes: Int
    /// The parts of the request's id.
    let connection: UInt64
    let sequence: UInt64
    /// When the request had arrived; nil if the format does not need it, or there was no request.
    let started: NIODeadline?

    package init(
        client: [UInt8],
        head: RequestHead?,
        line: RequestLineText? = nil,
        status: Int,
        bytes: Int,
        connection: UInt64,
        sequence: UInt64,
        started: NIODeadline?
    ) {
        self.client = client
        self.head = head
        self.line = line
        self.status = status
        self.bytes = bytes
        self.connection = connection
        self.sequence = sequence
        self.started = started
    }

    /// The longest request line, referrer or agent that is written. nginx has no limit, but lines of 8 KB make a log
    /// useless.
    static let fieldBytes = 2_048

    /// The value of a field; `lowercased` is its name.
    func field(_ lowercased: StaticString) -> UnsafeRawBufferPointer? {
        guard let head, let field = head.fields.first(where: { ASCIICase.equals(head.slice($0.name), lowercased) })
        else { return nil }
        return head.slice(field.value)
    }
}
