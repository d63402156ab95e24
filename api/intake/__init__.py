"""Lists of reports as files: CSV and XLSX read into rows, every fault of them told. Nothing here touches the record."""
