BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0004');
CREATE TABLE attempts (
	id VARCHAR NOT NULL, 
	task VARCHAR NOT NULL, 
	nodes TEXT NOT NULL, 
	hosts TEXT NOT NULL, 
	directory VARCHAR NOT NULL, 
	state VARCHAR, 
	rc INTEGER, 
	message TEXT, 
	started FLOAT NOT NULL, 
	ended FLOAT, 
	interrupted_hosts TEXT, 
	leftovers TEXT, 
	PRIMARY KEY (id), 
	FOREIGN KEY(task) REFERENCES tasks (id) ON DELETE CASCADE
);
INSERT INTO "attempts" VALUES('20261129-225514-bfbbe6.000001','20261129-225514-bfbbe6','["p/m/t/a", "p/m/t/b"]','["h1", "h2"]','attempts/20261129-225514-bfbbe6.000001','finished',2,NULL,1.79599291456440043448e+09,1.79599291463374805457e+09,'[]','[]');
INSERT INTO "attempts" VALUES('20261129-225514-c9acc5.000001','20261129-225514-c9acc5','["p/m/t/a", "p/m/t/b"]','["h1", "h2"]','attempts/20261129-225514-c9acc5.000001','finished',0,NULL,1.79599291469765496255e+09,1.79599291471752429008e+09,'[]','[]');
INSERT INTO "attempts" VALUES('20261129-225514-c9acc5.000002','20261129-225514-c9acc5','["p/m/t/c"]','["h1", "h2"]','attempts/20261129-225514-c9acc5.000002','finished',0,NULL,1.79599291471809077258e+09,1.79599291473508024218e+09,'[]','[]');
CREATE TABLE audit (
	id INTEGER NOT NULL, 
	time FLOAT NOT NULL, 
	who VARCHAR NOT NULL, 
	what VARCHAR NOT NULL, 
	cluster VARCHAR, 
	task VARCHAR, 
	detail TEXT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "audit" VALUES(1,1.79599291453712105745e+09,'root@vm, process 27611','task-created','shop','20261129-225514-bfbbe6','apply');
INSERT INTO "audit" VALUES(2,1.79599291467309665681e+09,'root@vm, process 27611','task-created','shop','20261129-225514-c9acc5','apply');
INSERT INTO "audit" VALUES(3,1.79599291475717949863e+09,'root@vm, process 27611','task-created','shop','20261129-225514-800e8e','verify');
CREATE TABLE blobs (
	digest VARCHAR(64) NOT NULL, 
	size INTEGER NOT NULL, 
	body BLOB NOT NULL, 
	PRIMARY KEY (digest)
);
INSERT INTO "blobs" VALUES('70a239590a8f592a31e9cb41cbf9e75b44f5dd06d25c800a24fe12be1948f7cb',400013,X'7801EDD0311500100005C02E3F863C7603264F1B4D1493C276EF1ADC4A1FB5CD91927B3060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103FF07B21FC5C6D947');
CREATE TABLE clusters (
	name VARCHAR NOT NULL, 
	created FLOAT NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "clusters" VALUES('shop',1.79599291452271533006e+09);
CREATE TABLE documents (
	digest VARCHAR(64) NOT NULL, 
	cluster VARCHAR NOT NULL, 
	version INTEGER NOT NULL, 
	body TEXT NOT NULL, 
	created FLOAT NOT NULL, 
	PRIMARY KEY (digest), 
	FOREIGN KEY(cluster) REFERENCES clusters (name), 
	CONSTRAINT documents_by_version UNIQUE (cluster, version)
);
CREATE TABLE events (
	task VARCHAR NOT NULL, 
	seq INTEGER NOT NULL, 
	kind VARCHAR NOT NULL, 
	time FLOAT NOT NULL, 
	attempt VARCHAR, 
	node VARCHAR, 
	host VARCHAR, 
	body TEXT NOT NULL, 
	blob VARCHAR(64), line INTEGER, 
	PRIMARY KEY (task, seq), 
	FOREIGN KEY(blob) REFERENCES blobs (digest), 
	FOREIGN KEY(task) REFERENCES tasks (id) ON DELETE CASCADE
);
INSERT INTO "events" VALUES('20261129-225514-bfbbe6',1,'task-started',1.79599291456401252741e+09,NULL,NULL,NULL,'{"version":5,"seq":1,"kind":"task-started","time":1795992914.5640125,"result":{"task_id":"20261129-225514-bfbbe6","cluster":"shop","pipeline":"p","nodes":[{"id":"p/m/t/a","hosts":["h1","h2"]},{"id":"p/m/t/b","hosts":["h1","h2"]},{"id":"p/m/t/c","hosts":["h1","h2"]}]}}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-225514-bfbbe6',2,'attempt-started',1.79599291456440043448e+09,'20261129-225514-bfbbe6.000001',NULL,NULL,'{"version":5,"seq":2,"kind":"attempt-started","time":1795992914.5644004,"attempt":"20261129-225514-bfbbe6.000001","result":{"nodes":["p/m/t/a","p/m/t/b"],"hosts":["h1","h2"],"directory":"attempts/20261129-225514-bfbbe6.000001","process":{"user":"root","host":"vm","machine":"3d1219c7c4c5404aaa1f6d2a48adfda4","boot":"438ad067-a355-437a-8522-3dd836cf35cd","namespace":"pid:[4026531836]","pid":27611,"started":8178741}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-225514-bfbbe6',3,'node-started',1.79599291456443595888e+09,'20261129-225514-bfbbe6.000001','p/m/t/a',NULL,'{"version":5,"seq":3,"kind":"node-started","time":1795992914.564436,"attempt":"20261129-225514-bfbbe6.000001","node":"p/m/t/a"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-225514-bfbbe6',4,'play-started',1.7959929146335494518e+09,'20261129-225514-bfbbe6.000001','p/m/t/a',NULL,'{"version":5,"seq":4,"kind":"play-started","time":1795992914.6335495,"attempt":"20261129-225514-bfbbe6.000001","node":"p/m/t/a"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-225514-bfbbe6',5,'host-task-started',1.79599291463359093663e+09,'20261129-225514-bfbbe6.000001','p/m/t/a','h1','{"version":5,"seq":5,"kind":"host-task-started","time":1795992914.633591,"attempt":"20261129-225514-bfbbe6.000001","node":"p/m/t/a","host":"h1","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-225514-bfbbe6',6,'host-task-started',1.79599291463359904286e+09,'20261129-225514-bfbbe6.000001','p/m/t/a','h2','{"version":5,"seq":6,"kind":"host-task-started","time":1795992914.633599,"attempt":"20261129-225514-bfbbe6.000001","node":"p/m/t/a","host":"h2","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-225514-bfbbe6',7,'host-task-finished',1.7959929146336185932e+09,'20261129-225514-bfbbe6.000001','p/m/t/a','h1','{"version":5,"seq":7,"kind":"host-task-finished","time":1795992914.6336186,"attempt":"20261129-225514-bfbbe6.000001","node":"p/m/t/a","host":"h1","name":"Simulated","status":"ok"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-225514-bfbbe6',8,'host-task-finished',1.79599291463362932203e+09,'20261129-225514-bfbbe6.000001','p/m/t/a','h2','{"version":5,"seq":8,"kind":"host-task-finished","time":1795992914.6336293,"attempt":"20261129-225514-bfbbe6.000001","node":"p/m/t/a","host":"h2","name":"Simulated","status":"failed","message":"simulated: failed"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-225514-bfbbe6',9,'play-started',1.79599291463363575941e+09,'20261129-225514-bfbbe6.000001','p/m/t/b',NULL,'{"version":5,"seq":9,"kind":"play-started","time":1795992914.6336358,"attempt":"20261129-225514-bfbbe6.000001","node":"p/m/t/b"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-225514-bfbbe6',10,'host-task-started',1.79599291463364124296e+09,'20261129-225514-bfbbe6.000001','p/m/t/b','h1','{"version":5,"seq":10,"kind":"host-task-started","time":1795992914.6336412,"attempt":"20261129-225514-bfbbe6.000001","node":"p/m/t/b","host":"h1","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-225514-bfbbe6',11,'host-task-finished',1.79599291463364934924e+09,'20261129-225514-bfbbe6.000001','p/m/t/b','h1','{"version":5,"seq":11,"kind":"host-task-finished","time":1795992914.6336493,"attempt":"20261129-225514-bfbbe6.000001","node":"p/m/t/b","host":"h1","name":"Simulated","status":"ok"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-225514-bfbbe6',12,'run-stats',1.7959929146336593628e+09,'20261129-225514-bfbbe6.000001',NULL,NULL,'{"version":5,"seq":12,"kind":"run-stats","time":1795992914.6336594,"attempt":"20261129-225514-bfbbe6.000001","result":{"failures":{"h2":1},"dark":{}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-225514-bfbbe6',13,'attempt-finished',1.79599291463374805457e+09,'20261129-225514-bfbbe6.000001',NULL,NULL,'{"version":5,"seq":13,"kind":"attempt-finished","time":1795992914.633748,"attempt":"20261129-225514-bfbbe6.000001","status":"finished","result":{"rc":2,"complete":true,"interrupted_hosts":[],"leftovers":[]}}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-225514-bfbbe6',14,'node-started',1.79599291463400602343e+09,'20261129-225514-bfbbe6.000001','p/m/t/b',NULL,'{"version":5,"seq":14,"kind":"node-started","time":1795992914.634006,"attempt":"20261129-225514-bfbbe6.000001","node":"p/m/t/b"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-225514-bfbbe6',15,'node-skipped',1.79599291463407611853e+09,NULL,'p/m/t/b','h2','{"version":5,"seq":15,"kind":"node-skipped","time":1795992914.634076,"node":"p/m/t/b","host":"h2","caused_by":"p/m/t/a"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-225514-bfbbe6',16,'node-finished',1.79599291463414406774e+09,NULL,'p/m/t/a',NULL,'{"version":5,"seq":16,"kind":"node-finished","time":1795992914.634144,"node":"p/m/t/a","status":"failed","result":{"hosts":{"h1":{"status":"ok","changed":false,"message":null,"started":1795992914.633591,"ended":1795992914.6336186},"h2":{"status":"failed","changed":false,"message":"Simulated: simulated: failed","started":1795992914.633599,"ended":1795992914.6336293}}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-225514-bfbbe6',17,'node-finished',1.79599291463427686689e+09,NULL,'p/m/t/b',NULL,'{"version":5,"seq":17,"kind":"node-finished","time":1795992914.6342769,"node":"p/m/t/b","status":"succeeded","result":{"hosts":{"h1":{"status":"ok","changed":false,"message":null,"started":1795992914.6336412,"ended":1795992914.6336493}}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-225514-bfbbe6',18,'node-skipped',1.79599291463431477546e+09,NULL,'p/m/t/c',NULL,'{"version":5,"seq":18,"kind":"node-skipped","time":1795992914.6343148,"node":"p/m/t/c","caused_by":"p/m/t/a"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-225514-bfbbe6',19,'task-finished',1.79599291463437509539e+09,NULL,NULL,NULL,'{"version":5,"seq":19,"kind":"task-finished","time":1795992914.634375,"status":"partial"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-225514-c9acc5',1,'task-started',1.79599291469747757914e+09,NULL,NULL,NULL,'{"version":5,"seq":1,"kind":"task-started","time":1795992914.6974776,"result":{"task_id":"20261129-225514-c9acc5","cluster":"shop","pipeline":"p","nodes":[{"id":"p/m/t/a","hosts":["h1","h2"]},{"id":"p/m/t/b","hosts":["h1","h2"]},{"id":"p/m/t/c","hosts":["h1","h2"]}]}}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-225514-c9acc5',2,'attempt-started',1.79599291469765496255e+09,'20261129-225514-c9acc5.000001',NULL,NULL,'{"version":5,"seq":2,"kind":"attempt-started","time":1795992914.697655,"attempt":"20261129-225514-c9acc5.000001","result":{"nodes":["p/m/t/a","p/m/t/b"],"hosts":["h1","h2"],"directory":"attempts/20261129-225514-c9acc5.000001","process":{"user":"root","host":"vm","machine":"3d1219c7c4c5404aaa1f6d2a48adfda4","boot":"438ad067-a355-437a-8522-3dd836cf35cd","namespace":"pid:[4026531836]","pid":27611,"started":8178741}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-225514-c9acc5',3,'node-started',1.79599291469769239428e+09,'20261129-225514-c9acc5.000001','p/m/t/a',NULL,'{"version":5,"seq":3,"kind":"node-started","time":1795992914.6976924,"attempt":"20261129-225514-c9acc5.000001","node":"p/m/t/a"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-225514-c9acc5',4,'play-started',1.7959929147173297405e+09,'20261129-225514-c9acc5.000001','p/m/t/a',NULL,'{"version":5,"seq":4,"kind":"play-started","time":1795992914.7173297,"attempt":"20261129-225514-c9acc5.000001","node":"p/m/t/a"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-225514-c9acc5',5,'host-task-started',1.79599291471737647057e+09,'20261129-225514-c9acc5.000001','p/m/t/a','h1','{"version":5,"seq":5,"kind":"host-task-started","time":1795992914.7173765,"attempt":"20261129-225514-c9acc5.000001","node":"p/m/t/a","host":"h1","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-225514-c9acc5',6,'host-task-started',1.79599291471738553051e+09,'20261129-225514-c9acc5.000001','p/m/t/a','h2','{"version":5,"seq":6,"kind":"host-task-started","time":1795992914.7173855,"attempt":"20261129-225514-c9acc5.000001","node":"p/m/t/a","host":"h2","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-225514-c9acc5',7,'host-task-finished',1.79599291471740412709e+09,'20261129-225514-c9acc5.000001','p/m/t/a','h1','{"version":5,"seq":7,"kind":"host-task-finished","time":1795992914.7174041,"attempt":"20261129-225514-c9acc5.000001","node":"p/m/t/a","host":"h1","name":"Simulated","status":"changed"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-225514-c9acc5',8,'host-task-finished',1.79599291471741318699e+09,'20261129-225514-c9acc5.000001','p/m/t/a','h2','{"version":5,"seq":8,"kind":"host-task-finished","time":1795992914.7174132,"attempt":"20261129-225514-c9acc5.000001","node":"p/m/t/a","host":"h2","name":"Simulated","status":"changed"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-225514-c9acc5',9,'play-started',1.79599291471741843223e+09,'20261129-225514-c9acc5.000001','p/m/t/b',NULL,'{"version":5,"seq":9,"kind":"play-started","time":1795992914.7174184,"attempt":"20261129-225514-c9acc5.000001","node":"p/m/t/b"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-225514-c9acc5',10,'host-task-started',1.79599291471742248532e+09,'20261129-225514-c9acc5.000001','p/m/t/b','h1','{"version":5,"seq":10,"kind":"host-task-started","time":1795992914.7174225,"attempt":"20261129-225514-c9acc5.000001","node":"p/m/t/b","host":"h1","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-225514-c9acc5',11,'host-task-started',1.79599291471742677694e+09,'20261129-225514-c9acc5.000001','p/m/t/b','h2','{"version":5,"seq":11,"kind":"host-task-started","time":1795992914.7174268,"attempt":"20261129-225514-c9acc5.000001","node":"p/m/t/b","host":"h2","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-225514-c9acc5',12,'host-task-finished',1.79599291471743488304e+09,'20261129-225514-c9acc5.000001','p/m/t/b','h1','{"version":5,"seq":12,"kind":"host-task-finished","time":1795992914.717435,"attempt":"20261129-225514-c9acc5.000001","node":"p/m/t/b","host":"h1","name":"Simulated","status":"ok"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-225514-c9acc5',13,'host-task-finished',1.79599291471744060516e+09,'20261129-225514-c9acc5.000001','p/m/t/b','h2','{"version":5,"seq":13,"kind":"host-task-finished","time":1795992914.7174406,"attempt":"20261129-225514-c9acc5.000001","node":"p/m/t/b","host":"h2","name":"Simulated","status":"ok"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-225514-c9acc5',14,'run-stats',1.79599291471744656567e+09,'20261129-225514-c9acc5.000001',NULL,NULL,'{"version":5,"seq":14,"kind":"run-stats","time":1795992914.7174466,"attempt":"20261129-225514-c9acc5.000001","result":{"failures":{},"dark":{}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-225514-c9acc5',15,'attempt-finished',1.79599291471752429008e+09,'20261129-225514-c9acc5.000001',NULL,NULL,'{"version":5,"seq":15,"kind":"attempt-finished","time":1795992914.7175243,"attempt":"20261129-225514-c9acc5.000001","status":"finished","result":{"rc":0,"complete":true,"interrupted_hosts":[],"leftovers":[]}}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-225514-c9acc5',16,'node-finished',1.79599291471788835529e+09,NULL,'p/m/t/a',NULL,'{"version":5,"seq":16,"kind":"node-finished","time":1795992914.7178884,"node":"p/m/t/a","status":"succeeded","result":{"hosts":{"h1":{"status":"changed","changed":true,"message":null,"started":1795992914.7173765,"ended":1795992914.7174041},"h2":{"status":"changed","changed":true,"message":null,"started":1795992914.7173855,"ended":1795992914.7174132}}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-225514-c9acc5',17,'node-started',1.79599291471792316433e+09,'20261129-225514-c9acc5.000001','p/m/t/b',NULL,'{"version":5,"seq":17,"kind":"node-started","time":1795992914.7179232,"attempt":"20261129-225514-c9acc5.000001","node":"p/m/t/b"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-225514-c9acc5',18,'node-finished',1.79599291471797204017e+09,NULL,'p/m/t/b',NULL,'{"version":5,"seq":18,"kind":"node-finished","time":1795992914.717972,"node":"p/m/t/b","status":"succeeded","result":{"hosts":{"h1":{"status":"ok","changed":false,"message":null,"started":1795992914.7174225,"ended":1795992914.717435},"h2":{"status":"ok","changed":false,"message":null,"started":1795992914.7174268,"ended":1795992914.7174406}}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-225514-c9acc5',19,'attempt-started',1.79599291471809077258e+09,'20261129-225514-c9acc5.000002',NULL,NULL,'{"version":5,"seq":19,"kind":"attempt-started","time":1795992914.7180908,"attempt":"20261129-225514-c9acc5.000002","result":{"nodes":["p/m/t/c"],"hosts":["h1","h2"],"directory":"attempts/20261129-225514-c9acc5.000002","process":{"user":"root","host":"vm","machine":"3d1219c7c4c5404aaa1f6d2a48adfda4","boot":"438ad067-a355-437a-8522-3dd836cf35cd","namespace":"pid:[4026531836]","pid":27611,"started":8178741}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-225514-c9acc5',20,'node-started',1.79599291471811103818e+09,'20261129-225514-c9acc5.000002','p/m/t/c',NULL,'{"version":5,"seq":20,"kind":"node-started","time":1795992914.718111,"attempt":"20261129-225514-c9acc5.000002","node":"p/m/t/c"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-225514-c9acc5',21,'play-started',1.79599291473492527005e+09,'20261129-225514-c9acc5.000002','p/m/t/c',NULL,'{"version":5,"seq":21,"kind":"play-started","time":1795992914.7349253,"attempt":"20261129-225514-c9acc5.000002","node":"p/m/t/c"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-225514-c9acc5',22,'host-task-started',1.79599291473496794702e+09,'20261129-225514-c9acc5.000002','p/m/t/c','h1','{"version":5,"seq":22,"kind":"host-task-started","time":1795992914.734968,"attempt":"20261129-225514-c9acc5.000002","node":"p/m/t/c","host":"h1","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-225514-c9acc5',23,'host-task-started',1.79599291473497605321e+09,'20261129-225514-c9acc5.000002','p/m/t/c','h2','{"version":5,"seq":23,"kind":"host-task-started","time":1795992914.734976,"attempt":"20261129-225514-c9acc5.000002","node":"p/m/t/c","host":"h2","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-225514-c9acc5',24,'host-task-finished',1.79599291473499464988e+09,'20261129-225514-c9acc5.000002','p/m/t/c','h1','{"version":5,"seq":24,"kind":"host-task-finished","time":1795992914.7349946,"attempt":"20261129-225514-c9acc5.000002","node":"p/m/t/c","host":"h1","name":"Simulated","status":"ok"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-225514-c9acc5',25,'host-task-finished',1.79599291473500156405e+09,'20261129-225514-c9acc5.000002','p/m/t/c','h2','{"version":5,"seq":25,"kind":"host-task-finished","time":1795992914.7350016,"attempt":"20261129-225514-c9acc5.000002","node":"p/m/t/c","host":"h2","name":"Simulated","status":"ok"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-225514-c9acc5',26,'run-stats',1.79599291473500776296e+09,'20261129-225514-c9acc5.000002',NULL,NULL,'{"version":5,"seq":26,"kind":"run-stats","time":1795992914.7350078,"attempt":"20261129-225514-c9acc5.000002","result":{"failures":{},"dark":{}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-225514-c9acc5',27,'attempt-finished',1.79599291473508024218e+09,'20261129-225514-c9acc5.000002',NULL,NULL,'{"version":5,"seq":27,"kind":"attempt-finished","time":1795992914.7350802,"attempt":"20261129-225514-c9acc5.000002","status":"finished","result":{"rc":0,"complete":true,"interrupted_hosts":[],"leftovers":[]}}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-225514-c9acc5',28,'node-finished',1.79599291473531341547e+09,NULL,'p/m/t/c',NULL,'{"version":5,"seq":28,"kind":"node-finished","time":1795992914.7353134,"node":"p/m/t/c","status":"succeeded","result":{"hosts":{"h1":{"status":"ok","changed":false,"message":null,"started":1795992914.734968,"ended":1795992914.7349946},"h2":{"status":"ok","changed":false,"message":null,"started":1795992914.734976,"ended":1795992914.7350016}}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-225514-c9acc5',29,'task-finished',1795992914.73538,NULL,NULL,NULL,'{"version":5,"seq":29,"kind":"task-finished","time":1795992914.73538,"status":"succeeded"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-225514-800e8e',1,'run-message',1.0,NULL,NULL,NULL,'{"version":5,"seq":1,"kind":"run-message","time":1.0}','70a239590a8f592a31e9cb41cbf9e75b44f5dd06d25c800a24fe12be1948f7cb',NULL);
CREATE TABLE facts (
	cluster VARCHAR NOT NULL, 
	host VARCHAR NOT NULL, 
	body TEXT NOT NULL, 
	gathered FLOAT NOT NULL, 
	PRIMARY KEY (cluster, host), 
	FOREIGN KEY(cluster) REFERENCES clusters (name)
);
CREATE TABLE host_results (
	task VARCHAR NOT NULL, 
	node VARCHAR NOT NULL, 
	host VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	changed BOOLEAN NOT NULL, 
	message TEXT, 
	caused_by VARCHAR, 
	started FLOAT, 
	ended FLOAT, 
	PRIMARY KEY (task, node, host), 
	FOREIGN KEY(task) REFERENCES tasks (id) ON DELETE CASCADE
);
INSERT INTO "host_results" VALUES('20261129-225514-bfbbe6','p/m/t/a','h1','ok',0,NULL,NULL,1.79599291463359093663e+09,1.7959929146336185932e+09);
INSERT INTO "host_results" VALUES('20261129-225514-bfbbe6','p/m/t/a','h2','failed',0,'Simulated: simulated: failed',NULL,1.79599291463359904286e+09,1.79599291463362932203e+09);
INSERT INTO "host_results" VALUES('20261129-225514-bfbbe6','p/m/t/b','h1','ok',0,NULL,NULL,1.79599291463364124296e+09,1.79599291463364934924e+09);
INSERT INTO "host_results" VALUES('20261129-225514-bfbbe6','p/m/t/b','h2','not-run',0,NULL,'p/m/t/a',NULL,NULL);
INSERT INTO "host_results" VALUES('20261129-225514-bfbbe6','p/m/t/c','h1','not-run',0,NULL,NULL,NULL,NULL);
INSERT INTO "host_results" VALUES('20261129-225514-bfbbe6','p/m/t/c','h2','not-run',0,NULL,NULL,NULL,NULL);
INSERT INTO "host_results" VALUES('20261129-225514-c9acc5','p/m/t/a','h1','changed',1,NULL,NULL,1.79599291471737647057e+09,1.79599291471740412709e+09);
INSERT INTO "host_results" VALUES('20261129-225514-c9acc5','p/m/t/a','h2','changed',1,NULL,NULL,1.79599291471738553051e+09,1.79599291471741318699e+09);
INSERT INTO "host_results" VALUES('20261129-225514-c9acc5','p/m/t/b','h1','ok',0,NULL,NULL,1.79599291471742248532e+09,1.79599291471743488304e+09);
INSERT INTO "host_results" VALUES('20261129-225514-c9acc5','p/m/t/b','h2','ok',0,NULL,NULL,1.79599291471742677694e+09,1.79599291471744060516e+09);
INSERT INTO "host_results" VALUES('20261129-225514-c9acc5','p/m/t/c','h1','ok',0,NULL,NULL,1.79599291473496794702e+09,1.79599291473499464988e+09);
INSERT INTO "host_results" VALUES('20261129-225514-c9acc5','p/m/t/c','h2','ok',0,NULL,NULL,1.79599291473497605321e+09,1.79599291473500156405e+09);
CREATE TABLE leases (
	cluster VARCHAR NOT NULL, 
	epoch INTEGER NOT NULL, 
	task VARCHAR NOT NULL, 
	holder TEXT NOT NULL, 
	acquired FLOAT NOT NULL, 
	heartbeat FLOAT NOT NULL, 
	released FLOAT, 
	PRIMARY KEY (cluster), 
	FOREIGN KEY(cluster) REFERENCES clusters (name)
);
CREATE TABLE nodes (
	task VARCHAR NOT NULL, 
	id VARCHAR NOT NULL, 
	position INTEGER NOT NULL, 
	status VARCHAR NOT NULL, 
	caused_by VARCHAR, 
	message TEXT, 
	started FLOAT, 
	ended FLOAT, 
	attempts INTEGER NOT NULL, 
	PRIMARY KEY (task, id), 
	FOREIGN KEY(task) REFERENCES tasks (id) ON DELETE CASCADE
);
INSERT INTO "nodes" VALUES('20261129-225514-bfbbe6','p/m/t/a',0,'failed',NULL,NULL,1.79599291456443595888e+09,1.79599291463414406774e+09,1);
INSERT INTO "nodes" VALUES('20261129-225514-bfbbe6','p/m/t/b',1,'succeeded',NULL,NULL,1.79599291463400602343e+09,1.79599291463427686689e+09,1);
INSERT INTO "nodes" VALUES('20261129-225514-bfbbe6','p/m/t/c',2,'skipped','p/m/t/a',NULL,NULL,1.79599291463431477546e+09,0);
INSERT INTO "nodes" VALUES('20261129-225514-c9acc5','p/m/t/a',0,'succeeded',NULL,NULL,1.79599291469769239428e+09,1.79599291471788835529e+09,1);
INSERT INTO "nodes" VALUES('20261129-225514-c9acc5','p/m/t/b',1,'succeeded',NULL,NULL,1.79599291471792316433e+09,1.79599291471797204017e+09,1);
INSERT INTO "nodes" VALUES('20261129-225514-c9acc5','p/m/t/c',2,'succeeded',NULL,NULL,1.79599291471811103818e+09,1.79599291473531341547e+09,1);
CREATE TABLE outputs (
	task VARCHAR NOT NULL, 
	node VARCHAR NOT NULL, 
	host VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	body TEXT NOT NULL, 
	PRIMARY KEY (task, node, host, name), 
	FOREIGN KEY(task) REFERENCES tasks (id) ON DELETE CASCADE
);
CREATE TABLE plans (
	digest VARCHAR(64) NOT NULL, 
	cluster VARCHAR NOT NULL, 
	pipeline VARCHAR NOT NULL, 
	version INTEGER NOT NULL, 
	body TEXT NOT NULL, 
	created FLOAT NOT NULL, 
	PRIMARY KEY (digest), 
	FOREIGN KEY(cluster) REFERENCES clusters (name)
);
INSERT INTO "plans" VALUES('62eb4ab66360565b108413177ec205e56b9f0af96476bf871891344d59fb462c','shop','p',7,'{"version":7,"cluster":"shop","pipeline":"p","parameters":{},"hosts":[{"name":"h1","address":"h1","internal_address":null,"connection":"local","port":22,"user":null,"bastion":null,"roles":[],"labels":{},"vars":{},"inherited":{},"ssh":{"private_key_file":null,"private_key":null,"password":null,"become_password":null,"known_hosts_file":null,"timeout":10.0,"become":false,"become_user":"root","host_key_checking":"accept-new"}},{"name":"h2","address":"h2","internal_address":null,"connection":"local","port":22,"user":null,"bastion":null,"roles":[],"labels":{},"vars":{},"inherited":{},"ssh":{"private_key_file":null,"private_key":null,"password":null,"become_password":null,"known_hosts_file":null,"timeout":10.0,"become":false,"become_user":"root","host_key_checking":"accept-new"}}],"groups":{},"policy":{"serial":null,"throttle":null,"mutex":null,"timeout":null,"retries":0,"backoff":2.0,"on_failure":"ignore","allowed_failures":0,"on_interrupted":null,"on_irreversible":null,"concurrency":16},"graph":{"pipeline":"p","nodes":{"p/m/t/a":{"kind":"command","role":null,"entry":"main","params":{},"vars":{},"vars_files":[],"when":null,"tags":[],"become":null,"become_user":null,"environment":{},"no_log":null,"always":false,"play":null,"outputs":{},"id":"p/m/t/a","hosts":["h1","h2"],"host_pattern":null,"module_vars":[],"repeatable":true,"reads":[],"check_mode":false,"policy":{"serial":null,"throttle":null,"mutex":null,"timeout":null,"retries":0,"backoff":2.0,"on_failure":"ignore","allowed_failures":0,"on_interrupted":null,"on_irreversible":null,"concurrency":16},"component":null,"reversibility":"irreversible","source":null},"p/m/t/b":{"kind":"command","role":null,"entry":"main","params":{},"vars":{},"vars_files":[],"when":null,"tags":[],"become":null,"become_user":null,"environment":{},"no_log":null,"always":false,"play":null,"outputs":{},"id":"p/m/t/b","hosts":["h1","h2"],"host_pattern":null,"module_vars":[],"repeatable":true,"reads":[],"check_mode":false,"policy":{"serial":null,"throttle":null,"mutex":null,"timeout":null,"retries":0,"backoff":2.0,"on_failure":"ignore","allowed_failures":0,"on_interrupted":null,"on_irreversible":null,"concurrency":16},"component":null,"reversibility":"irreversible","source":null},"p/m/t/c":{"kind":"command","role":null,"entry":"main","params":{},"vars":{},"vars_files":[],"when":null,"tags":[],"become":null,"become_user":null,"environment":{},"no_log":null,"always":false,"play":null,"outputs":{},"id":"p/m/t/c","hosts":["h1","h2"],"host_pattern":null,"module_vars":[],"repeatable":true,"reads":[],"check_mode":false,"policy":{"serial":null,"throttle":null,"mutex":null,"timeout":null,"retries":0,"backoff":2.0,"on_failure":"ignore","allowed_failures":0,"on_interrupted":null,"on_irreversible":null,"concurrency":16},"component":null,"reversibility":"irreversible","source":null}},"edges":[{"before":"p/m/t/a","after":"p/m/t/b","kind":"host"},{"before":"p/m/t/b","after":"p/m/t/c","kind":"barrier"}],"left_out":{}},"left_out":{},"tags":[],"skip_tags":[],"cut":{},"extra_vars":{},"inventories":[],"environment":[],"unlisted":[],"secrets":{},"facts_ttl":0.0,"layers":[],"digests":{},"node_digests":{},"pair_digests":{},"undoes":null}',1.79599291452271533006e+09);
CREATE TABLE successes (
	cluster VARCHAR NOT NULL, 
	node VARCHAR NOT NULL, 
	host VARCHAR NOT NULL, 
	digest VARCHAR NOT NULL, 
	task VARCHAR NOT NULL, 
	ended FLOAT NOT NULL, 
	PRIMARY KEY (cluster, node, host), 
	FOREIGN KEY(cluster) REFERENCES clusters (name), 
	FOREIGN KEY(task) REFERENCES tasks (id)
);
CREATE TABLE tasks (
	id VARCHAR NOT NULL, 
	cluster VARCHAR NOT NULL, 
	pipeline VARCHAR NOT NULL, 
	command VARCHAR NOT NULL, 
	"plan" VARCHAR(64) NOT NULL, 
	directory VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	message TEXT, 
	created FLOAT NOT NULL, 
	started FLOAT, 
	ended FLOAT, document VARCHAR(64) REFERENCES documents (digest), parent VARCHAR REFERENCES tasks (id), cancel_requested FLOAT, 
	PRIMARY KEY (id), 
	FOREIGN KEY(cluster) REFERENCES clusters (name), 
	FOREIGN KEY("plan") REFERENCES plans (digest)
);
INSERT INTO "tasks" VALUES('20261129-225514-bfbbe6','shop','p','apply','62eb4ab66360565b108413177ec205e56b9f0af96476bf871891344d59fb462c','tasks/20261129-225514-bfbbe6','partial',NULL,1.79599291452271533006e+09,1.79599291456401252741e+09,1.79599291463437509539e+09,NULL,NULL,NULL);
INSERT INTO "tasks" VALUES('20261129-225514-c9acc5','shop','p','apply','62eb4ab66360565b108413177ec205e56b9f0af96476bf871891344d59fb462c','tasks/20261129-225514-c9acc5','succeeded',NULL,1.7959929146705207824e+09,1.79599291469747757914e+09,1795992914.73538,NULL,NULL,NULL);
INSERT INTO "tasks" VALUES('20261129-225514-800e8e','shop','p','verify','62eb4ab66360565b108413177ec205e56b9f0af96476bf871891344d59fb462c','tasks/20261129-225514-800e8e','pending',NULL,1.79599291474200344087e+09,NULL,NULL,NULL,NULL,NULL);
CREATE INDEX ix_tasks_cluster ON tasks (cluster);
CREATE INDEX ix_tasks_created ON tasks (created);
CREATE INDEX ix_attempts_task ON attempts (task);
CREATE INDEX events_by_node ON events (task, node, host);
CREATE INDEX ix_successes_task ON successes (task);
CREATE UNIQUE INDEX events_by_line ON events (attempt, line) WHERE line IS NOT NULL;
CREATE INDEX events_by_blob ON events (blob) WHERE blob IS NOT NULL;
COMMIT;
