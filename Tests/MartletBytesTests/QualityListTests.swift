import MartletBytes
import Testing

@Suite struct QualityListTests {
    @Test(arguments: [
        ("gzip", 1000), ("gzip, br", 1000), ("br;q=0.5, gzip;q=0.25", 250), ("GZIP ; Q=0.5", 500), ("gzip;q=0", 0),
        ("gzip;q=0.000", 0), ("gzip;q=1.000", 1000), ("gzip;q=1.001", 0), ("gzip;q=0.0001", 0), ("gzip;q=2", 0),
        ("gzip;q=", 0), ("gzip;q=x", 0), ("gzip;level=1;q=0.7", 700), ("gzip;q=0.7, gzip;q=0.1", 700),
        (",,gzip,", 1000),
    ])
    func named(_ value: String, _ expected: Int) {
        #expect(Self.quality(value) == expected)
    }

    @Test(arguments: ["", "br", "x-gzip", "gzipx", "*", "g zip", ";q=1"])
    func notNamed(_ value: String) {
        #expect(Self.quality(value) == nil)
    }

    private static func quality(_ value: String) -> Int? {
        Array(value.utf8).withUnsafeBytes { QualityList.quality(of: "gzip", in: $0) }
    }
}
