import MartletBytes
public import NIOCore

/// A server with an application behind it, or anything else that answers requests.
public protocol ConformanceTarget: Sendable {
    /// - Throws: if there is no answer at all.
    func send(_ request: ConformanceRequest) async throws -> ConformanceResponse
}

/// A request of the table.
public struct ConformanceRequest: Sendable {
    public enum Body: Sendable {
        case none
        /// All at once, with its length.
        case whole(String)
        /// Piece by piece, chunked.
        case pieces([String])

        /// Everything that is sent.
        public var text: String {
            switch self {
            case .none: ""
            case .whole(let text): text
            case .pieces(let pieces): pieces.joined()
            }
        }
    }

    public var method: String
    /// Path and query, percent-encoded.
    public var target: String
    public var headers: [(name: String, value: String)]
    public var body: Body

    public init(_ method: String, _ target: String, headers: [(String, String)] = [], body: Body = .none) {
        self.method = method
        self.target = target
        self.headers = headers.map { ($0.0, $0.1) }
        self.body = body
    }
}

/// What came back.
public struct ConformanceResponse: Sendable {
    public let status: Int
    public let headers: [(name: String, value: String)]
    public let body: ByteBuffer
    /// Whether the answer ended as its head promised; false where the connection was cut.
    public let isComplete: Bool

    public init(status: Int, headers: [(name: String, value: String)], body: ByteBuffer, isComplete: Bool) {
        self.status = status
        self.headers = headers
        self.body = body
        self.isComplete = isComplete
    }

    public var text: String { String(buffer: body) }

    /// Every value of a field.
    public func values(_ name: String) -> [String] {
        headers.filter { ASCIICase.equals($0.name.utf8, name.lowercased().utf8) }.map(\.value)
    }
}
