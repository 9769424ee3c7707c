/// The response fields that a server does not just copy: it sets them itself unless the application did, checks them, or
/// drops them because they belong to the connection (RFC 9110 section 7.6.1).
package struct NotableFields: OptionSet, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let date = NotableFields(rawValue: 1)
    package static let server = NotableFields(rawValue: 2)
    package static let contentLength = NotableFields(rawValue: 4)
    package static let connection = NotableFields(rawValue: 8)
    package static let upgrade = NotableFields(rawValue: 16)
    /// Transfer-Encoding, Keep-Alive, Proxy-Connection, TE, Trailer: never passed on.
    package static let hopByHop = NotableFields(rawValue: 32)

    /// What a field of this name is; empty for one that is just copied.
    package init(name: some Collection<UInt8>) {
        self.init(rawValue: 0)
        func isNamed(_ lowercased: StaticString) -> Bool {
            lowercased.withUTF8Buffer { wanted in
                wanted.count == name.count && zip(name, wanted).allSatisfy { $0 | 0x20 == $1 }
            }
        }
        switch name.count {
        case 2 where isNamed("te"): insert(.hopByHop)
        case 4 where isNamed("date"): insert(.date)
        case 6 where isNamed("server"): insert(.server)
        case 7 where isNamed("upgrade"): insert(.upgrade)
        case 7 where isNamed("trailer"): insert(.hopByHop)
        case 10 where isNamed("connection"): insert(.connection)
        case 10 where isNamed("keep-alive"): insert(.hopByHop)
        case 14 where isNamed("content-length"): insert(.contentLength)
        case 16 where isNamed("proxy-connection"): insert(.hopByHop)
        case 17 where isNamed("transfer-encoding"): insert(.hopByHop)
        default: break
        }
    }
}
