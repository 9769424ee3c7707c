import MartletForms

/// What holds for all values of Cookie, Accept, Accept-Language and Content-Type, and for all names of files.
///
/// 1. Cookies have names, and a value is read again as the same when it is set.
/// 2. What is chosen of offers is one of them, and one that is accepted.
/// 3. A media type is read again as the same when it is written down.
/// 4. A safe name of a file is within its folder, and as safe as it can be.
enum FieldRules {
    static func check(_ bytes: [UInt8]) throws {
        let text = String(decoding: bytes, as: UTF8.self)
        for pair in RequestCookies.read(bytes).pairs {
            try BrokenRule.unless(!pair.name.isEmpty, "a cookie without a name")
            guard let field = try? SetCookie("n", pair.value).fieldValue(isSecure: true) else { continue }
            let again = RequestCookies.read(field.utf8.prefix { $0 != UInt8(ascii: ";") })["n"]
            try BrokenRule.unless(again, is: pair.value, "a cookie is not read as it was set")
        }
        let types = ["text/html", "application/json", "text/plain;format=flowed"].compactMap { MediaType($0) }
        let accepted = AcceptedTypes(text)
        if let best: MediaType = accepted.best(of: types) {
            try BrokenRule.unless(accepted.quality(of: best) > 0, "\(best) is not accepted")
            let most = types.map(accepted.quality(of:)).max() ?? 0
            try BrokenRule.unless(accepted.quality(of: best), is: most, "another type is liked better")
        } else {
            try BrokenRule.unless(types.allSatisfy { accepted.quality(of: $0) == 0 }, "a type is accepted")
        }
        let tags = ["de", "en-GB", "zh-Hant"]
        try BrokenRule.unless(AcceptedLanguages(text).best(of: tags).map(tags.contains) ?? true, "another language")
        if let type = MediaType(text) {
            try BrokenRule.unless(MediaType(type.description), is: type, "a media type is not read as written")
        }
        guard let name = SafeFileName.make(from: text) else { return }
        let isSafe = !name.utf8.contains { $0 < 0x20 || $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }
        try BrokenRule.unless(
            isSafe && !name.hasPrefix(".") && (1...255).contains(name.utf8.count),
            "\(name) is no name"
        )
        try BrokenRule.unless(SafeFileName.make(from: name), is: name, "a safe name becomes another one")
    }
}
