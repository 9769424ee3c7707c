import MartletBytes
import MartletGateway

/// Which answers a shared cache may keep, and how long they are fresh (RFC 9111 sections 3 and 4.2).
///
/// The rules:
///
/// 1. Only what the application has said itself: what the server or a policy answers in its place is not kept.
/// 2. Not for others: `private`, `no-store`, `no-cache`, `Set-Cookie`, `Vary: *`; and what was asked for with a password, unless
///    `public`, `s-maxage` or `must-revalidate` allow that (section 3.5).
/// 3. Only for a time that the answer says. Of answers that say nothing those with the usual statuses get the configured one,
///    and unless they say `public` only for visitors without cookies and passwords: a page may greet somebody by name without
///    saying `private`.
/// 4. No guesses by Last-Modified.
struct StoringRules: Sendable {
    let configuration: ResponseCacheConfiguration

    /// What is known of an answer that may be kept.
    struct Storable: Sendable, Equatable {
        var times: Freshness.Times
        /// When it came, in seconds.
        var age: Int
        /// What the requests may have that it is sent to.
        var audience: CacheRequest.Credentials
        /// In lower case.
        var vary: [String]
    }

    /// Those that mean the same tomorrow. 206 and 304 are parts of something else, and errors of the server pass.
    private static let statuses: Set<Int> = [200, 203, 204, 300, 301, 302, 303, 307, 308, 404, 405, 410, 414]
    /// Those that are kept though they do not say it; nginx proxy_cache_valid has 200, 301 and 302.
    private static let usual: Set<Int> = [200, 203, 301, 308]

    /// - Parameters:
    ///   - credentials: of the request.
    ///   - date: now, in seconds since 1970.
    /// - Returns: nil if it may not be kept.
    func storable(_ status: Int, _ headers: Headers, to credentials: CacheRequest.Credentials, date: Int) -> Storable? {
        guard Self.statuses.contains(status), let fields = AnswerFields(headers) else { return nil }
        let control = fields.control
        guard !control.flags.contains(.notForUs) else { return nil }
        let isForAll = control.sharedMaxAge != nil || !control.flags.isDisjoint(with: [.isPublic, .mustRevalidate])
        guard isForAll || !credentials.contains(.authorization) else { return nil }
        var audience: CacheRequest.Credentials = isForAll ? [.authorization, .cookie] : .cookie
        var times = Freshness.Times(lifetime: 0)
        if let said = control.sharedMaxAge ?? control.maxAge {
            times.lifetime = Int64(said) * Freshness.second
        } else if fields.hasExpiry {
            let said = (fields.expires ?? 0) - (fields.date ?? date)
            times.lifetime = Int64(min(max(0, said), CacheControl.longest)) * Freshness.second
        } else if Self.usual.contains(status), isForAll || credentials.isEmpty {
            times.lifetime = configuration.freshness.cacheNanoseconds
            if !isForAll { audience = [] }
        }
        if !control.flags.contains(.neverStale) {
            times.whileRevalidate = Self.time(control.staleWhileRevalidate, configuration.staleWhileRevalidate)
            times.ifError = Self.time(control.staleIfError, configuration.staleIfError)
        }
        // What says nothing of its own time is not kept for the times that follow it.
        let isSaid = times.lifetime > 0 || control.sharedMaxAge != nil || control.maxAge != nil
        guard isSaid, times.isWorthKeeping else { return nil }
        let age = max(fields.age, date - min(date, fields.date ?? date))
        return Storable(times: times, age: age, audience: audience, vary: fields.vary)
    }

    private static func time(_ said: Int?, _ otherwise: Duration) -> Int64 {
        said.map { Int64($0) * Freshness.second } ?? otherwise.cacheNanoseconds
    }
}

/// The fields of an answer that decide about it; nil where one forbids to keep it.
private struct AnswerFields {
    var control = CacheControl()
    var vary: [String] = []
    var hasExpiry = false
    var expires: Int?
    var date: Int?
    var age = 0

    init?(_ headers: Headers) {
        guard headers.fault == nil else { return nil }
        for line in headers.lines {
            let name = line.name
            switch name.count {
            case 3 where ASCIICase.equals(name, "age"):
                age = max(age, CacheControl.seconds(FieldSyntax.trimmed(line.value)))
            case 4 where ASCIICase.equals(name, "date"): date = HTTPDate.parse(line.value)
            case 4 where ASCIICase.equals(name, "vary"):
                for element in line.value.split(separator: UInt8(ascii: ",")) {
                    let field = FieldSyntax.trimmed(element)
                    if field.elementsEqual("*".utf8) { return nil }
                    if !field.isEmpty { vary.append(String(decoding: field, as: UTF8.self).lowercased()) }
                }
            case 7 where ASCIICase.equals(name, "expires"):
                // A value that is no date has passed already (section 5.3); so has the earlier of two.
                expires = hasExpiry ? min(expires ?? 0, HTTPDate.parse(line.value) ?? 0) : HTTPDate.parse(line.value)
                hasExpiry = true
            case 10 where ASCIICase.equals(name, "set-cookie"): return nil
            case 13 where ASCIICase.equals(name, "cache-control"): control.add(line.value)
            case 13 where ASCIICase.equals(name, "content-range"): return nil
            default: break
            }
        }
    }
}
