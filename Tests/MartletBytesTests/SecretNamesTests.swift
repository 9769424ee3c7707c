import MartletBytes
import Testing

@Suite struct SecretNamesTests {
    @Test(
        "Values of secret parameters are replaced",
        arguments: [
            ("/", "/"), ("/token=1", "/token=1"), ("/?", "/?"), ("/?token", "/?token"), ("/?token=", "/?token="),
            ("/?token=1", "/?token=*"), ("/?a=1&token=x%20y&b=2", "/?a=1&token=*&b=2"), ("/?TOKEN=1", "/?TOKEN=*"),
            ("/?access_token=1", "/?access_token=*"), ("/?accessToken=1", "/?accessToken=*"),
            ("/?X-Amz-Signature=1", "/?X-Amz-Signature=*"), ("/?apikey=1;apiKey=2", "/?apikey=*;apiKey=*"),
            ("/?password2=1", "/?password2=*"), ("/?user[password]=1", "/?user[password]=*"),
            ("/?%74oken=1", "/?%74oken=*"), ("/?user%5Bpassword%5D=1", "/?user%5Bpassword%5D=*"),
            ("/?monkey=1&keyword=2&passenger=3", "/?monkey=1&keyword=2&passenger=3"), ("/?key=a=b", "/?key=*"),
            ("/?=1&token=2", "/?=1&token=*"), ("/?a?token=1", "/?a?token=*"), ("/?%", "/?%"),
            ("/?%zz=1&key=1", "/?%zz=1&key=*"),
            ("https://a.test/x?q=1&secret=2", "https://a.test/x?q=1&secret=*"),
            ("/?token=1&token=2", "/?token=*&token=*"),
            ("http://me:mine@a.test/x?q=1&key=2", "http://*@a.test/x?q=1&key=*"),
            ("https://me@a.test", "https://*@a.test"),
            ("GET http://me:a@b@a.test/ HTTP/1.1", "GET http://*@a.test/ HTTP/1.1"),
            ("http://a.test/@x", "http://a.test/@x"),
            ("http://a.test?x@y", "http://a.test?x@y"), ("//a:b@c", "//a:b@c"), ("http:/", "http:/"), ("x://", "x://"),
            ("/?code=1&state=2", "/?code=*&state=2"), ("/?CODE=1", "/?CODE=*"), ("/?%63ode=1", "/?%63ode=*"),
            ("/?zip_code=1&codes=2&code2=3&user[code]=4", "/?zip_code=1&codes=2&code2=3&user[code]=4"),
            ("/?a=token&b=secret", "/?a=token&b=secret"), ("/?&&&", "/?&&&"), ("/?ü=1&sid=2", "/?ü=1&sid=*"),
        ]
    )
    func defaults(_ text: String, _ expected: String) {
        #expect(SecretNames.defaults.redacted(text) == expected.replacing("*", with: SecretNames.replacement))
    }

    @Test("Other names")
    func others() {
        #expect(SecretNames([]).redacted("/?token=1") == "/?token=1")
        #expect(SecretNames(["Code"]).redacted("/?token=1&code=2") == "/?token=1&code=[redacted]")
        #expect(SecretNames(["=Code"]).redacted("/?zip_code=1&code=2") == "/?zip_code=1&code=[redacted]")
        #expect(SecretNames(["oauth2"]).redacted("/?oauth2=1") == "/?oauth2=[redacted]")
    }
}
