import MartletBytes
package import MartletGateway
package import MartletHTTP1
package import NIOCore

/// What the access log tells of one exchange.
package struct AccessLogEntry {
    /// The address of the client, as trusted proxies tell it.
    let client: [UInt8]
    /// Nil where the request could not be read.
    let head: RequestHead?
    /// What is known of its first line then.
    let line: RequestLineText?
    let status: Int
    /// Of the body, as they were sent.
    let bytes: Int
    /// The parts of the request's id.
    let connection: UInt64
    let sequence: UInt64
    /// When the request was there; nil where no format asks for it, or the request never was.
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

    /// The longest request line, referrer or agent that is written; nginx writes all, and logs of 8 KB lines are of no use.
    static let fieldBytes = 2_048

    /// The value of a field; `lowercased` is its name.
    func field(_ lowercased: StaticString) -> UnsafeRawBufferPointer? {
        guard let head, let field = head.fields.first(where: { ASCIICase.equals(head.slice($0.name), lowercased) })
        else { return nil }
        return head.slice(field.value)
    }
}
