import MartletBytes
import MartletGateway

/// What compression has to know of an answer's fields, from one look at them.
struct ResponseFacts {
    private(set) var type: ArraySlice<UInt8>?
    private(set) var isEncoded = false
    private(set) var isPartial = false
    private(set) var mustNotChange = false
    private(set) var isPublic = false
    private(set) var isPrivate = false
    private(set) var setsCookie = false
    private(set) var variesByEncoding = false
    private(set) var tag: ArraySlice<UInt8>?
    private(set) var length: Int?

    init(_ headers: Headers) {
        for line in headers.lines {
            let name = line.name
            switch name.count {
            case 4 where ASCIICase.equals(name, "etag"): tag = line.value
            case 4 where ASCIICase.equals(name, "vary"):
                if FieldList.contains("accept-encoding", in: line.value) || FieldList.contains("*", in: line.value) {
                    variesByEncoding = true
                }
            case 10 where ASCIICase.equals(name, "set-cookie"): setsCookie = true
            case 12 where ASCIICase.equals(name, "content-type"):
                type = FieldSyntax.trimmed(line.value.prefix { $0 != UInt8(ascii: ";") })
            case 13 where ASCIICase.equals(name, "cache-control"):
                if FieldList.contains("no-transform", in: line.value) { mustNotChange = true }
                if FieldList.contains("public", in: line.value) { isPublic = true }
                if FieldList.contains("private", in: line.value) { isPrivate = true }
            case 13 where ASCIICase.equals(name, "content-range"): isPartial = true
            case 14 where ASCIICase.equals(name, "content-length"): length = DecimalText.value(of: line.value)
            case 16 where ASCIICase.equals(name, "content-encoding"):
                if !ASCIICase.equals(line.value, "identity") { isEncoded = true }
            default: break
            }
        }
    }
}
