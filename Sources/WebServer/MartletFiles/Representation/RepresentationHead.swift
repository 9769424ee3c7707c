import MartletBytes
import MartletFolders
import MartletGateway

/// The fields that the answers with one file have in common.
struct RepresentationHead {
    let type: String
    let cache: CacheLifetime?
    /// Whether the answer depends on Accept-Encoding.
    let varies: Bool

    /// - Parameters:
    ///   - isSettled: whether the tag may be a strong one.
    ///   - second: now, since 1970.
    func headers(_ facts: FileFacts, _ coding: ContentCoding?, isSettled: Bool, at second: Int) -> Headers {
        var block: [UInt8] = []
        func add(_ name: String, _ value: some Sequence<UInt8>) {
            block += Array("\(name): ".utf8)
            block += value
            block += [13, 10]
        }
        add("Content-Type", type.utf8)
        if let coding { add("Content-Encoding", coding.rawValue.utf8) }
        block += facts.validatorLines(isSettled: isSettled, at: second)
        if let cache { add("Cache-Control", cache.field.utf8) }
        if varies { add("Vary", "Accept-Encoding".utf8) }
        add("X-Content-Type-Options", "nosniff".utf8)
        return Headers(validBlock: block)
    }
}
