import MartletBytes

/// The directives of Cache-Control, of a request or an answer, that a shared cache looks at (RFC 9111 section 5.2).
///
/// What cannot be read forbids storing: it may have been `private`.
struct CacheControl: Sendable, Equatable {
    struct Flags: OptionSet {
        let rawValue: UInt8
        /// `no-store`, `private` or `no-cache`, with or without the names of fields. nginx keeps none of these either, and
        /// an answer that must be asked for each time is best asked for each time.
        static let notForUs = Flags(rawValue: 1)
        /// Serving it stale is forbidden: `must-revalidate`, `proxy-revalidate`, and what `s-maxage` includes of that.
        static let neverStale = Flags(rawValue: 2)
        static let isPublic = Flags(rawValue: 4)
        static let mustRevalidate = Flags(rawValue: 8)
        static let noStore = Flags(rawValue: 16)
        static let noCache = Flags(rawValue: 32)
        static let onlyIfCached = Flags(rawValue: 64)
    }

    private(set) var flags: Flags = []
    /// Seconds, as are the others. Of several the smallest.
    private(set) var maxAge: Int?
    private(set) var sharedMaxAge: Int?
    private(set) var minFresh: Int?
    private(set) var staleWhileRevalidate: Int?
    private(set) var staleIfError: Int?

    init() {}

    init(_ text: String) {
        add(Array(text.utf8)[...])
    }

    /// Adds one line of the field.
    mutating func add(_ value: ArraySlice<UInt8>) {
        let isWellFormed = Self.forEachDirective(value) { take($0, $1) }
        if !isWellFormed { flags.insert(.notForUs) }
    }

    private mutating func take(_ name: ArraySlice<UInt8>, _ argument: ArraySlice<UInt8>?) {
        func least(_ value: inout Int?) { value = min(value ?? .max, Self.seconds(argument)) }
        switch name.count {
        case 6 where ASCIICase.equals(name, "public"): flags.insert(.isPublic)
        case 7 where ASCIICase.equals(name, "private"): flags.insert(.notForUs)
        case 7 where ASCIICase.equals(name, "max-age"): least(&maxAge)
        case 8 where ASCIICase.equals(name, "no-store"): flags.formUnion([.notForUs, .noStore])
        case 8 where ASCIICase.equals(name, "no-cache"): flags.formUnion([.notForUs, .noCache])
        case 8 where ASCIICase.equals(name, "s-maxage"):
            least(&sharedMaxAge)
            flags.insert(.neverStale)
        case 9 where ASCIICase.equals(name, "min-fresh"): least(&minFresh)
        case 14 where ASCIICase.equals(name, "stale-if-error"): least(&staleIfError)
        case 14 where ASCIICase.equals(name, "only-if-cached"): flags.insert(.onlyIfCached)
        case 15 where ASCIICase.equals(name, "must-revalidate"): flags.formUnion([.neverStale, .mustRevalidate])
        case 16 where ASCIICase.equals(name, "proxy-revalidate"): flags.insert(.neverStale)
        case 22 where ASCIICase.equals(name, "stale-while-revalidate"): least(&staleWhileRevalidate)
        default: break
        }
    }

    /// What is longer than a life is as long as RFC 9111 section 1.2.2 says; what is no number is no time at all.
    static func seconds(_ digits: ArraySlice<UInt8>?) -> Int {
        guard let digits, !digits.isEmpty, digits.allSatisfy(ASCII.isDigit) else { return 0 }
        return min(DecimalText.value(of: digits) ?? longest, longest)
    }

    static let longest = 1 << 31

    /// Calls `body` with each directive and its argument, without the quotes of one.
    ///
    /// - Returns: false if a quoted text does not end.
    private static func forEachDirective(
        _ text: ArraySlice<UInt8>,
        _ body: (_ name: ArraySlice<UInt8>, _ argument: ArraySlice<UInt8>?) -> Void
    ) -> Bool {
        var rest = text
        while !rest.isEmpty {
            var end = rest.startIndex
            var isQuoted = false
            while end < rest.endIndex, isQuoted || rest[end] != UInt8(ascii: ",") {
                if rest[end] == UInt8(ascii: "\"") { isQuoted.toggle() }
                // What stands behind a backslash does not count, if there is anything.
                end += isQuoted && rest[end] == UInt8(ascii: "\\") && end + 1 < rest.endIndex ? 2 : 1
            }
            guard !isQuoted else { return false }
            let directive = FieldSyntax.trimmed(rest[..<end])
            rest = rest[end...].dropFirst()
            let name = directive.prefix { $0 != UInt8(ascii: "=") }
            let argument = FieldSyntax.trimmed(directive[name.endIndex...].dropFirst())
            let isText = argument.count >= 2 && argument.first == UInt8(ascii: "\"")
            body(
                FieldSyntax.trimmed(name),
                name.endIndex == directive.endIndex ? nil : isText ? argument.dropFirst().dropLast() : argument
            )
        }
        return true
    }
}
