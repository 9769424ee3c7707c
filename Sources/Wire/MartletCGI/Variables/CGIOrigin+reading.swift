import MartletBytes
import MartletGateway
import MartletHTTP1

extension CGIOrigin {
    init(_ assembly: CGIHeadAssembly) {
        address = Array(assembly.value(.remoteAddress))
        port = Self.port(assembly.value(.remotePort))
        isSecure = Self.isSecure(assembly)
        let host = assembly.table.authority.map { assembly.head.slice($0) }
        serverName = Self.name(assembly.value(.serverName)) ?? host.flatMap(Self.name)
        serverPort = Self.port(assembly.value(.serverPort))
        let user = assembly.value(.remoteUser)
        if !user.isEmpty, !assembly.value(.authType).isEmpty { self.user = Array(user) }
    }

    private static func port(_ text: UnsafeRawBufferPointer) -> Int? {
        DecimalText.value(of: text).flatMap { (1...65_535).contains($0) ? $0 : nil }
    }

    private static func isSecure(_ assembly: CGIHeadAssembly) -> Bool? {
        for name in [CGIName.uwsgiScheme, .https, .requestScheme] {
            let text = assembly.value(name)
            switch text.count {
            case 0: continue
            case 5 where ASCIICase.equals(text, "https"), 2 where ASCIICase.equals(text, "on"): return true
            case 1 where text[0] == UInt8(ascii: "1"): return true
            default: return false
            }
        }
        return nil
    }

    /// A name that a client may have used: not nginx's `_`, a pattern, or nothing. HAProxy puts the port behind it.
    private static func name(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
        guard HostSyntax.isValid(text), !text.elementsEqual("_".utf8), !text.contains(UInt8(ascii: "*")),
            text.first != UInt8(ascii: "~")
        else { return nil }
        if text.first == UInt8(ascii: "[") {
            return text.firstIndex(of: UInt8(ascii: "]")).map { Array(text[1..<$0]) }
        }
        return Array(text.prefix { $0 != UInt8(ascii: ":") })
    }
}
