import MartletBytes
import MartletGateway

/// What a cache has to know of a request, from one look at its fields.
struct CacheRequest: Sendable {
    enum Method {
        case get, head
        /// OPTIONS and TRACE.
        case safe
        /// What may change something.
        case unsafe
    }

    /// What an answer may have been made for one person by.
    struct Credentials: OptionSet, Sendable {
        let rawValue: UInt8
        static let authorization = Credentials(rawValue: 1)
        static let cookie = Credentials(rawValue: 2)
    }

    let method: Method
    var credentials: Credentials = []
    private(set) var control = CacheControl()
    private(set) var hasRange = false
    private(set) var hasConditions = false

    init(_ head: RequestHead) {
        let name = head.slice(head.method)
        switch name.count {
        case 3 where name.elementsEqual("GET".utf8): method = .get
        case 4 where name.elementsEqual("HEAD".utf8): method = .head
        case 7 where name.elementsEqual("OPTIONS".utf8): method = .safe
        case 5 where name.elementsEqual("TRACE".utf8): method = .safe
        default: method = .unsafe
        }
        for field in head.fields {
            let name = head.slice(field.name)
            switch name.count {
            case 5 where ASCIICase.equals(name, "range"): hasRange = true
            case 6 where ASCIICase.equals(name, "cookie"): credentials.insert(.cookie)
            case 13 where ASCIICase.equals(name, "authorization"): credentials.insert(.authorization)
            case 13 where ASCIICase.equals(name, "cache-control"): control.add(Array(head.slice(field.value))[...])
            default: if Self.isCondition(name) { hasConditions = true }
            }
        }
        withExtendedLifetime(head) {}
    }

    /// What asks for less than the whole answer: the application is asked for all of it.
    static func isCondition(_ name: UnsafeRawBufferPointer) -> Bool {
        guard name.count > 7, name[0] | 0x20 == UInt8(ascii: "i") else { return false }
        return conditions.contains { ASCIICase.equals(name, $0) }
    }

    private static let conditions: [StaticString] = [
        "if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range",
    ]

    /// Whether a client that may decide takes an answer of this age.
    func accepts(_ freshness: Freshness, at now: Int64) -> Bool {
        if control.flags.contains(.noCache) { return false }
        if let maxAge = control.maxAge, freshness.age(at: now) > maxAge { return false }
        return freshness.rest(at: now) >= (control.minFresh ?? .min)
    }
}
