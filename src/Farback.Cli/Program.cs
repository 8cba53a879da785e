using Farback.Experiments;
using Farback.Reports;
using Farback.Ui;

var watch = System.Diagnostics.Stopwatch.StartNew();
var last = 0.0;
Report report = new AgreementDemo().Run(
    "farback demo",
    p =>
    {
        if (watch.Elapsed.TotalSeconds - last > 2)
        {
            last = watch.Elapsed.TotalSeconds;
            Console.Error.WriteLine($"{p.Fraction:P0} {p.Message}");
        }
    }
);
Console.Error.WriteLine(watch.Elapsed);
File.WriteAllText("farback-report.html", await HtmlReport.RenderAsync(report));
Console.WriteLine(MarkdownReport.Render(report));
Console.Error.WriteLine(watch.Elapsed);
