import ArgumentParser
import MartletSettings

/// `--tls`: https with a certificate that is made for this machine.
struct DevelopmentFlag: ParsableArguments {
    @Flag(
        name: .customLong("tls"),
        help: "Speak https, with a certificate for this machine that is made once; for development."
    )
    var isGiven = false

    func check(beside server: ServerFlags) throws {
        if isGiven, server.hasCertificate {
            throw ValidationError("--tls makes a certificate; leave it out beside --certificate")
        }
    }
}
