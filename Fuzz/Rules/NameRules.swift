import MartletBytes
import MartletGateway
import MartletHTTP1

@testable import MartletFiles

/// What holds for all texts, read as what names something: a host, an address, a network, a date, the path of a file.
///
/// 1. What is accepted is read again as the same when it is written down.
/// 2. The path of a file has no part that leads elsewhere.
enum NameRules {
    static func check(_ bytes: [UInt8]) throws {
        let text = String(decoding: bytes, as: UTF8.self)
        if let name = try? HostName(parsing: text) {
            try BrokenRule.unless(try? HostName(parsing: name.description), is: name, "the name of a site")
        }
        if let address = IPAddress(bytes) {
            try BrokenRule.unless(IPAddress("\(address)".utf8), is: address, "an address")
        }
        if let network = try? IPNetwork(parsing: text) {
            try BrokenRule.unless(try? IPNetwork(parsing: network.description), is: network, "a network")
        }
        if let date = HTTPDate.parse(bytes), (0..<253_402_300_800).contains(date) {
            try BrokenRule.unless(HTTPDate.parse(HTTPDate.render(date)), is: date, "a date")
        }
        try authority(bytes)
        for showsHidden in [true, false] { try path(bytes, showsHidden) }
    }

    private static func authority(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { bytes in
            guard HostSyntax.isValid(bytes) else { return }
            let forbidden = "/\\@?# \t\r\n\0".utf8
            try BrokenRule.unless(!bytes.contains(where: forbidden.contains), "an authority with \(Array(bytes))")
            let name = HostName.name(in: bytes)
            try BrokenRule.unless(name.count <= bytes.count && !name.isEmpty, "the name of an authority")
        }
    }

    private static func path(_ bytes: [UInt8], _ showsHidden: Bool) throws {
        guard let path = FilePath(bytes, showsHidden: showsHidden) else { return }
        try BrokenRule.unless(!path.name.contains(0) && path.name.first != UInt8(ascii: "/"), "\(path.name)")
        let names = path.name.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        for (index, name) in names.enumerated() where !path.name.isEmpty {
            try BrokenRule.unless(!name.isEmpty && !name.spells(".") && !name.spells(".."), "\(path.name)")
            let isHidden = name.first == UInt8(ascii: ".") && !(index == 0 && name.spells(".well-known"))
            try BrokenRule.unless(showsHidden || !isHidden, "a hidden name in \(path.name)")
        }
    }
}

extension ArraySlice<UInt8> {
    fileprivate func spells(_ text: String) -> Bool { elementsEqual(text.utf8) }
}
