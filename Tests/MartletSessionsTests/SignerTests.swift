import MartletBytes
import MartletSessions
import Testing

@Suite struct SignerTests {
    static let secret = "correct horse battery staple"
    static let now = 1_764_460_800

    private func ring(_ secrets: String...) throws -> KeyRing { try KeyRing(secrets) }

    /// Made with Python's `hmac`: HKDF and HMAC by hand.
    @Test func form() throws {
        let signer = try Signer(ring(Self.secret), purpose: "test")
        let text = signer.sign(Array("hello".utf8), at: Self.now)
        #expect(text == "aGVsbG8.t6iio0.chKo2mY4METCj5CWScuFh_yhMl9FiqCOfY2H6cf6V10")
        #expect(try signer.open(text, now: Self.now).payload == Array("hello".utf8))
        #expect(try signer.open(text, now: Self.now).signedAt == Self.now)
    }

    @Test func everyChangeIsSeen() throws {
        let signer = try Signer(ring(Self.secret), purpose: "test")
        let sealer = try Sealer(ring(Self.secret), purpose: "test")
        let signed = Array(signer.sign(Array("user=7".utf8), at: Self.now).utf8)
        let sealed = Array(try #require(sealer.seal(Array("user=7".utf8), at: Self.now)).utf8)
        let letters = Array("Aa0-_.=~".utf8)
        for place in signed.indices {
            for letter in letters where signed[place] != letter {
                var changed = signed
                changed[place] = letter
                let text = String(decoding: changed, as: UTF8.self)
                #expect(throws: SignatureFault.self) { try signer.open(text, now: Self.now) }
            }
        }
        for place in sealed.indices {
            for letter in letters where sealed[place] != letter {
                var changed = sealed
                changed[place] = letter
                let text = String(decoding: changed, as: UTF8.self)
                #expect(throws: SignatureFault.self) { try sealer.open(text, now: Self.now) }
            }
        }
    }

    @Test(arguments: [
        "", ".", "..", "...", "a", "a.b", "a.b.c", "a.b.c.d", "aGVsbG8.t6iupc", "aGVsbG8.t6iupc.",
        "aGVsbG8.zzzzzzzzzzzzzz.aa",
        "aGVsbG8.-1.aa", "aGVsbG8.+1.aa", "aGVsbG8.01.aa", "aGVsbG8.A.aa", "ä.ä.ä", "\0.\0.\0",
    ])
    func malformed(text: String) throws {
        let signer = try Signer(ring(Self.secret), purpose: "test")
        let sealer = try Sealer(ring(Self.secret), purpose: "test")
        #expect(throws: SignatureFault.self) { try signer.open(text, now: Self.now) }
        #expect(throws: SignatureFault.self) { try sealer.open(text, now: Self.now) }
    }

    @Test func longTextsAreNotLookedAt() throws {
        let signer = try Signer(ring(Self.secret), purpose: "test")
        let text = signer.sign([UInt8](repeating: 1, count: 20_000), at: Self.now)
        #expect(throws: SignatureFault.malformed) { try signer.open(text, now: Self.now) }
    }

    @Test func ages() throws {
        let signer = try Signer(ring(Self.secret), purpose: "test")
        let text = signer.sign([1], at: Self.now)
        #expect(try signer.open(text, now: Self.now + 100, maximumAge: 100).payload == [1])
        #expect(throws: SignatureFault.expired(age: 101, maximum: 100)) {
            try signer.open(text, now: Self.now + 101, maximumAge: 100)
        }
        #expect(try signer.open(text, now: Self.now - 60, maximumAge: 100).payload == [1])
        #expect(throws: SignatureFault.fromTheFuture(by: 61)) {
            try signer.open(text, now: Self.now - 61, maximumAge: 100)
        }
        #expect(try signer.open(text, now: .max).payload == [1])
        // A text is not said to be too old by who cannot sign it.
        #expect(throws: SignatureFault.badSignature) {
            try signer.open("AQ.1.AAAA", now: Self.now, maximumAge: 100)
        }
    }

    @Test func purposesAreApart() throws {
        let keys = try ring(Self.secret)
        let text = Signer(keys, purpose: "a").sign([1], at: Self.now)
        #expect(throws: SignatureFault.badSignature) { try Signer(keys, purpose: "b").open(text, now: Self.now) }
    }

    @Test func secretsAreChangedInSteps() throws {
        let former = "the former secret of all"
        let latter = "the latter secret of all"
        let text = try Signer(ring(former), purpose: "a").sign([1], at: Self.now)
        let both = try Signer(ring(latter, former), purpose: "a").open(text, now: Self.now)
        #expect(both.payload == [1] && both.isOfFormerKey)
        #expect(throws: SignatureFault.badSignature) {
            try Signer(ring(latter), purpose: "a").open(text, now: Self.now)
        }
        let sealed = try #require(Sealer(ring(former), purpose: "a").seal([1], at: Self.now))
        #expect(try Sealer(ring(latter, former), purpose: "a").open(sealed, now: Self.now).isOfFormerKey)
        #expect(throws: SignatureFault.badSignature) {
            try Sealer(ring(latter), purpose: "a").open(sealed, now: Self.now)
        }
    }

    @Test func sealedTextsSayNothing() throws {
        let sealer = try Sealer(ring(Self.secret), purpose: "a")
        let first = try #require(sealer.seal(Array("secret".utf8), at: Self.now))
        let second = try #require(sealer.seal(Array("secret".utf8), at: Self.now))
        #expect(first != second)
        #expect(!first.contains(Base64URL.encode(Array("secret".utf8))))
        #expect(try sealer.open(first, now: Self.now).payload == Array("secret".utf8))
        #expect(throws: SignatureFault.expired(age: 11, maximum: 10)) {
            try sealer.open(first, now: Self.now + 11, maximumAge: 10)
        }
    }

    @Test func secrets() throws {
        #expect(throws: KeyFault.none) { try KeyRing([]) }
        #expect(throws: KeyFault.tooShort(number: 2, count: 3)) { try KeyRing([Self.secret, "abc"]) }
        #expect(
            KeyFault.tooShort(number: 2, count: 3).description
                == "Secret 2 has 3 bytes; at least 16 are needed, and `openssl rand -base64 32` prints a good one."
        )
        let keys = try ring(Self.secret, Self.secret)
        #expect("\(keys) \(String(reflecting: keys))" == "2 secrets 2 secrets")
        var dumped = ""
        dump(keys, to: &dumped)
        #expect(!dumped.contains("correct"))
    }

    @Test func anyBytesComeBack() throws {
        let keys = KeyRing.random()
        for count in 0..<70 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ count) }
            let signer = Signer(keys, purpose: "a")
            #expect(try signer.open(signer.sign(bytes, at: count), now: count).payload == bytes)
        }
    }
}
