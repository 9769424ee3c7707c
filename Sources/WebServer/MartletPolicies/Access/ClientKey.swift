package import HTTPTypes
import MartletBytes
import MartletGateway
import Synchronization

/// Who counts as one client.
package enum ClientKind: Sendable, Equatable, CustomStringConvertible {
    /// An address; of IPv6 the first 64 bits, which one customer has for himself.
    case address
    /// The value of a field, such as an API key. A request without it counts by its address.
    case header(HTTPField.Name)

    /// Reads `address` or `header:X-API-Key`.
    ///
    /// - Throws: ``PolicyError``.
    package init(parsing text: String) throws(PolicyError) {
        if text == "address" {
            self = .address
            return
        }
        guard text.hasPrefix("header:"), let name = HTTPField.Name(String(text.dropFirst(7))) else {
            throw PolicyError("\"\(text)\" is nothing to count by; write address, or header:NAME")
        }
        self = .header(name)
    }

    package var description: String {
        switch self {
        case .address: "address"
        case .header(let name): "header:\(name.rawName)"
        }
    }

    func key(of request: Request) -> ClientKey {
        if case .header(let name) = self, let value = request.headers[name] {
            // Longer ones share a place by their beginning, so that nobody fills the memory.
            return .text(Array(value.utf8.prefix(256)))
        }
        guard let address = request.connection.remoteAddress.flatMap(IPAddress.init) else { return .unix }
        return .address(high: address.high, low: address.isIPv4 ? address.low : 0)
    }
}

enum ClientKey: Sendable, Hashable {
    case address(high: UInt64, low: UInt64)
    case text([UInt8])
    case unix
}

/// Values of clients, shared by all loops. Bounded: when a part of the table is full, those that mean nothing any more make
/// room, and if there are none, any.
final class ClientTable<Value: Sendable>: Sendable {
    private let parts: [Part]
    private let partLimit: Int

    private final class Part: Sendable {
        let values = Mutex<[ClientKey: Value]>([:])
    }

    /// - Parameter limit: nginx's zone of 10 MB holds 160,000 addresses.
    init(limit: Int = 131_072, parts count: Int = 16) {
        parts = (0..<max(1, count)).map { _ in Part() }
        partLimit = max(1, limit / max(1, count))
    }

    /// - Parameter isStale: whether a value can be forgotten.
    func update<Result: Sendable>(
        _ key: ClientKey,
        isStale: (Value) -> Bool,
        _ body: (inout Value?) -> Result
    ) -> Result {
        let part = parts[Int(UInt(bitPattern: key.hashValue) % UInt(parts.count))]
        return part.values.withLock { values in
            if values.count >= partLimit, values[key] == nil {
                values = values.filter { !isStale($0.value) }
                // A table full of clients that count: forgetting some is better than refusing all others.
                while values.count >= partLimit, let any = values.keys.first { values[any] = nil }
            }
            return body(&values[key])
        }
    }

    var count: Int { parts.reduce(0) { $0 + $1.values.withLock { $0.count } } }
}
