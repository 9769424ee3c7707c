public import HTTPTypes
package import MartletBytes

/// The fields of a response, kept as the lines that will be sent: `name: value`, each ended by CR LF.
///
/// Most answers carry the same few fields, so a set of headers is built once, shared, and copied into the output as one
/// block. Order and duplicates are kept (`Set-Cookie` needs both).
public struct Headers: Sendable, Equatable {
    package private(set) var block: [UInt8]
    /// The first name or value that must not be sent; the server answers 500 instead of sending it.
    package private(set) var fault: Fault?
    /// The fields that a server has to look at, known without reading the block.
    package private(set) var notable: FieldRole = []

    /// A field with a byte that would end its line, or that the grammar forbids (RFC 9110 section 5).
    package struct Fault: Sendable, Equatable, CustomStringConvertible {
        let name: String
        let inName: Bool

        package var description: String {
            inName
                ? "The response header name \"\(Self.printable(name))\" is not a token: letters, digits and !#$%&'*+-.^_`|~ only."
                : "The response header \"\(name)\" has a line break or another control character in its value."
        }

        private static func printable(_ text: String) -> String {
            String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? "?" : $0 }))
        }
    }

    public init() {
        block = []
    }

    public init(_ fields: [(HTTPField.Name, String)]) {
        self.init()
        for (name, value) in fields { append(name, value) }
    }

    /// Takes lines that are known to be well formed: each a token, a colon, a value without control bytes, CR LF.
    package init(validBlock: [UInt8]) {
        block = validBlock
        for line in lines { notable.insert(FieldRole(name: line.name)) }
    }

    /// - Parameter notable: what the names of the lines are known to be.
    package init(validBlock: [UInt8], notable: FieldRole) {
        block = validBlock
        self.notable = notable
    }

    public mutating func append(_ name: HTTPField.Name, _ value: String) {
        append(name.rawName, value)
    }

    /// Adds a field. A name or value that must not be sent turns the response into a 500, with the reason in the log.
    public mutating func append(_ name: String, _ value: String) {
        guard !name.isEmpty, name.utf8.allSatisfy(FieldSyntax.isToken) else {
            fault = fault ?? Fault(name: name, inName: true)
            return
        }
        guard value.utf8.allSatisfy(FieldSyntax.isValue) else {
            fault = fault ?? Fault(name: name, inName: false)
            return
        }
        notable.insert(FieldRole(name: name.utf8))
        block.append(contentsOf: name.utf8)
        block.append(UInt8(ascii: ":"))
        block.append(UInt8(ascii: " "))
        block.append(contentsOf: value.utf8)
        block.append(UInt8(ascii: "\r"))
        block.append(UInt8(ascii: "\n"))
    }

    /// Adds all fields of another set.
    package mutating func append(_ other: Headers) {
        block.append(contentsOf: other.block)
        notable.formUnion(other.notable)
        fault = fault ?? other.fault
    }

    /// The first value of a field. Setting replaces every line of that name; nil removes them.
    public subscript(name: HTTPField.Name) -> String? {
        get {
            for line in lines where line.matches(name.canonicalName) {
                return String(decoding: line.value, as: UTF8.self)
            }
            return nil
        }
        set {
            remove(name)
            if let newValue { append(name, newValue) }
        }
    }

    public func values(for name: HTTPField.Name) -> [String] {
        lines.filter { $0.matches(name.canonicalName) }.map { String(decoding: $0.value, as: UTF8.self) }
    }

    public mutating func remove(_ name: HTTPField.Name) {
        keep { !$0.matches(name.canonicalName) }
    }

    /// Removes every line whose name is unwanted.
    package mutating func remove(where isUnwanted: (_ name: ArraySlice<UInt8>) -> Bool) {
        keep { !isUnwanted($0.name) }
    }

    mutating func keep(_ isKept: (Line) -> Bool) {
        let lines = lines
        let kept = lines.filter(isKept)
        guard kept.count != lines.count else { return }
        block = kept.flatMap { $0.name + [UInt8(ascii: ":"), UInt8(ascii: " ")] + $0.value + [13, 10] }
        notable = kept.reduce(into: []) { $0.insert(FieldRole(name: $1.name)) }
    }

    /// The value of Content-Length, if it is present once and is a number.
    package var announcedLength: Int? {
        guard notable.contains(.contentLength) else { return nil }
        let values = lines.filter { $0.matches("content-length") }.map(\.value)
        return values.count == 1 ? values.first.flatMap { DecimalText.value(of: $0) } : nil
    }

    /// Whether Connection has an option, which must be written in lower case.
    package func hasConnectionOption(_ option: StaticString) -> Bool {
        notable.contains(.connection)
            && lines.contains { $0.matches("connection") && FieldList.contains(option, in: $0.value) }
    }

    /// Removes the fields that are about the connection, except Upgrade if that is kept.
    package mutating func removeConnectionFields(keepsUpgrade: Bool) {
        let unwanted = keepsUpgrade ? FieldRole.aboutConnection.subtracting(.upgrade) : .aboutConnection
        if !notable.isDisjoint(with: unwanted) { keep { FieldRole(name: $0.name).isDisjoint(with: unwanted) } }
    }

    /// Names and values in order.
    public var pairs: [(name: String, value: String)] {
        lines.map { (String(decoding: $0.name, as: UTF8.self), String(decoding: $0.value, as: UTF8.self)) }
    }

    /// Calls `body` with the name and the whole line, CR LF included, of each field.
    package func forEachLine(_ body: (_ name: ArraySlice<UInt8>, _ line: ArraySlice<UInt8>) -> Void) {
        for line in lines {
            body(line.name, block[line.name.startIndex..<min(line.value.endIndex + 2, block.endIndex)])
        }
    }

    /// The value of the first line of a name, which must be in lower case.
    package func first(_ lowercased: StaticString) -> ArraySlice<UInt8>? {
        var rest = block[...]
        while let line = Self.nextLine(of: &rest) {
            if ASCIICase.equals(line.name, lowercased) { return line.value }
        }
        return nil
    }

    package struct Line {
        package let name: ArraySlice<UInt8>
        package let value: ArraySlice<UInt8>

        func matches(_ lowercased: String) -> Bool {
            ASCIICase.equals(name, lowercased.utf8)
        }
    }

    /// Made anew each time: keep them to look for several fields.
    package var lines: [Line] {
        var lines: [Line] = []
        var rest = block[...]
        while let line = Self.nextLine(of: &rest) { lines.append(line) }
        return lines
    }

    private static func nextLine(of rest: inout ArraySlice<UInt8>) -> Line? {
        guard let colon = rest.firstIndex(of: UInt8(ascii: ":")), let end = rest[colon...].firstIndex(of: 13) else {
            return nil
        }
        let value = rest[(colon + 1)..<end].drop(while: ASCII.isBlank)
        defer { rest = rest[end...].dropFirst(2) }
        return Line(name: rest[rest.startIndex..<colon], value: value)
    }
}
